import type { Command } from 'commander';
import { loadConfig } from '../../app/config/load-config.ts';
import { configOption } from '../options.ts';
import type { Terminal } from '../output.ts';

interface MigrateFlags {
  readonly config?: string;
}

/** Before the first start with `history.postgres`, and after an upgrade; a Helm hook runs it. */
export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description("bring history's tables in PostgreSQL up to date (history.postgres)")
    .addOption(configOption())
    .action(async (flags: MigrateFlags) => {
      const { openPostgres } = await import('../../app/open-postgres.ts');
      const { migratePostgres } = await import('../../history/postgres/migrate-postgres.ts');
      const client = await openPostgres(loadConfig(flags));
      try {
        const { from, to } = await migratePostgres(client);
        terminal.out(from === to ? `nothing to do: version ${to}` : `from version ${from} to ${to}`);
      } finally {
        await client.end();
      }
    });
}
