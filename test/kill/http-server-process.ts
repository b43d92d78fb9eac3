/** A process for the kill test: the door of a server over its log, on a given port, until it is killed. */
import { openDoor } from '../../stream/http/testing/open-door.ts';

const { directory, port } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly directory: string;
  readonly port: number;
};

await openDoor({ directory, port });
process.stdout.write('ack 0\n');
