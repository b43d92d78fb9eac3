import type { AddSilence, StartCapture } from '../../app/http/control-server.ts';
import type { SaccadeStatus } from '../../app/saccade-status.ts';
import type { AlertDetail, AlertEntry, AlertFilter } from '../../history/alert-queries.ts';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import type { DestinationEntry, DestinationFilter } from '../../history/destination-queries.ts';
import type { TrafficMap } from '../../console/reader/traffic-map.ts';
import type { RuleState } from '../../console/ports.ts';
import type { Silence } from '../../stream/events/control.ts';

export type ListedSilence = Silence & { readonly expired_by: string | null };
export type CaptureOrder = Omit<StartCapture, 'max_bytes'>;

/** What of a status both know: the one who is asked on its own machine, and the one who is asked through its console. */
export type CommonStatus = Pick<SaccadeStatus, 'version' | 'node' | 'parts' | 'rules' | 'refused_rules'> & {
  readonly stages: readonly Pick<SaccadeStatus['stages'][number], 'stage' | 'ok' | 'lag' | 'reason'>[];
  readonly receivers: readonly Pick<
    SaccadeStatus['receivers'][number],
    'name' | 'ready' | 'waiting' | 'reason'
  >[];
};

/**
 * Whom a command asks: the data folder of this machine and the Saccade that runs on it, or a console somewhere. Both
 * answer with the same. Everything rejects with a `StartError` for the person who asked.
 */
export interface Source extends AsyncDisposable {
  listAlerts(filter: AlertFilter): Promise<readonly AlertEntry[]>;
  /** Rejects where the reference fits none or several. */
  getAlert(reference: string): Promise<AlertDetail>;
  listCaptures(): Promise<readonly CaptureEntry[]>;
  /** Rejects with a `NotFoundError` where there is none. */
  getCapture(id: string): Promise<CaptureEntry>;
  /** Writes the packets of a capture to a file. */
  saveCapture(entry: CaptureEntry, file: string): Promise<void>;
  listDestinations(filter: DestinationFilter): Promise<readonly DestinationEntry[]>;
  listRules(): Promise<readonly RuleState[]>;
  /** Who talked to whom in a window, and how it went. */
  trafficMap(window: {
    readonly sinceMs: number;
    readonly untilMs: number;
  }): Promise<Pick<TrafficMap, 'edges'>>;
  acknowledge(alert: AlertEntry, by: string): Promise<void>;
  startCapture(order: CaptureOrder): Promise<{ readonly id: string }>;
  listSilences(): Promise<readonly ListedSilence[]>;
  addSilence(silence: AddSilence): Promise<Silence>;
  expireSilence(id: string, by: string): Promise<void>;
  status(): Promise<CommonStatus>;
}
