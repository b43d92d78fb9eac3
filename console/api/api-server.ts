import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Authenticator } from '../auth/authenticator.ts';
import type { OidcSignIn } from '../auth/oidc/oidc-sign-in.ts';
import type { ConsolePorts } from '../ports.ts';

/** A server whose routes are described by zod schemas. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ApiContext {
  readonly ports: ConsolePorts;
  readonly authenticator: Authenticator;
  /** undefined: nobody signs in that way. */
  readonly oidc?: OidcSignIn | undefined;
  /** Sign-in with the provider did not work, told for the log. */
  readonly onSignInTrouble?: ((detail: string) => void) | undefined;
}

/** Adds the routes of one subject. Their ports are `request.ports`: those that the person who asks may use. */
export type Routes = (server: ApiServer, context: Omit<ApiContext, 'ports'>) => void;

export const errorSchema = z
  .object({ error: z.string().describe('For the person who asked.') })
  .meta({ id: 'Error' });
export const emptySchema = z.object({});
export const timeSchema = z.coerce.number().int().min(0).max(8.64e15);
