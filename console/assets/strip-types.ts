import { stripTypeScriptTypes } from 'node:module';

/**
 * TypeScript → JavaScript by Node's own type stripping, which also runs this very file; line numbers stay. Node warns
 * that the function is experimental each time a process first calls it: nothing that a person could act upon.
 */
export function stripTypes(source: string): string {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
