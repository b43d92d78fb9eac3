import type { AlertDetail } from '../../history/alert-queries.ts';
import { ConsoleError } from '../console-error.ts';
import type { ConsolePorts } from '../ports.ts';

/** By whole id or the beginning of one. Throws for a person where none or several fit. */
export async function findAlert(
  ports: Pick<ConsolePorts, 'reader'>,
  reference: string,
): Promise<AlertDetail> {
  const found = await ports.reader.ask('getAlert', reference);
  switch (found.kind) {
    case 'found':
      return found.detail;
    case 'none':
      throw new ConsoleError(404, `there is no alert ${reference}; old ones are deleted (history.alerts)`);
    case 'ambiguous':
      throw new ConsoleError(409, `several alerts begin with ${reference}: ${found.ids.join(', ')}`);
  }
}
