import type { ServerClient } from '../../stream/http/server-client.ts';
import type { ServerReach } from '../../stream/http/server-reach.ts';
import type { RecordSender } from '../../stream/uploader.ts';
import type { HealthCheck } from '../http/status-server.ts';

/** An agent's way to the rest of Saccade: what it sees goes up, capture requests come down into its own log. */
export interface AgentLink {
  /** Before the names under which the log keeps how far it has sent. */
  readonly name: 'kafka' | 'http';
  /** Where to; for a person. */
  readonly target: string;
  readonly sender: RecordSender;
  /** Over HTTP: captures can be brought to the same server. */
  readonly server?: { readonly client: ServerClient; readonly reach: ServerReach };
  startCommands(): void;
  stopCommands(): Promise<void>;
  check(): HealthCheck;
  /** After everything has stopped that uses it. */
  close(): Promise<void>;
}
