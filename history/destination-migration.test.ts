import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { migrate } from '../stream/embedded/migrate.ts';
import { listDestinations } from './destination-queries.ts';
import { DestinationWriter } from './destination-writer.ts';
import { historyMigrations } from './history-schema.ts';

const byProtocol = historyMigrations.findIndex((sql) => sql.includes('destinations_by_protocol'));

describe('destinations of a version that knew TCP only', () => {
  it('are kept as those of TCP, and go on', () => {
    using database = new DatabaseSync(':memory:');
    migrate(database, 'history', historyMigrations.slice(0, byProtocol));
    database.exec(
      `INSERT INTO destinations VALUES ('c1', 'shop', 'netns/a', 'example.com', 443, 1000, 2000, 3, 100, 200, 1, 0, 'h')`,
    );
    migrate(database, 'history', historyMigrations);
    const write = {
      kind: 'destination',
      cluster: 'c1',
      namespace: 'shop',
      workload: 'netns/a',
      name: 'example.com',
      servicePort: 443,
      firstMs: 3_000,
      lastMs: 4_000,
      contacts: 1,
      bytesSent: 10,
      bytesReceived: 20,
      host: 'h',
    } as const;
    new DestinationWriter(database).writeAll([write, { ...write, protocol: 'udp' }]);
    const known = listDestinations(database, 5_000);
    expect(known.map(({ protocol, firstMs, contacts }) => [protocol, firstMs, contacts])).toEqual([
      ['tcp', 1_000, 4],
      ['udp', 3_000, 1],
    ]);
  });
});
