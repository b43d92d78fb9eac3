import type { PressHandler } from './actions/press.ts';
import type { NotifierContext } from './define-notifier.ts';

/** What a receiver needs to hear back from people. */
export interface ListenContext extends Pick<
  NotifierContext,
  'receiver' | 'environment' | 'directory' | 'nowMs'
> {
  readonly onPress: PressHandler;
  /** Why nothing can be heard at the moment; it is tried again. */
  readonly onTrouble: (reason: string) => void;
}

/** Hears the buttons of one receiver. */
export interface Listener {
  /** Rejects only for what a person must mend before it can work at all (an address that is taken). */
  start(): Promise<void>;
  /** Finishes what was pressed. */
  stop(): Promise<void>;
}
