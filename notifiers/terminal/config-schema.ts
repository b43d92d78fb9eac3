import { z } from 'zod';

export const colourModes = ['auto', 'always', 'never'] as const;

export const terminalConfigSchema = z.strictObject({
  colour: z.enum(colourModes).default('auto').describe('auto: colours if the output is a terminal.'),
});
export type TerminalConfig = z.output<typeof terminalConfigSchema>;
