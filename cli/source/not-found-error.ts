import { StartError } from '../../app/start-error.ts';

/** Whom a command asks knows nothing by this name; not yet, maybe. */
export class NotFoundError extends StartError {
  constructor(message: string, remedy: string) {
    super(message, remedy, { exitCode: 2 });
  }
}
