import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { AgentIdentity } from './admission.ts';
import { agentHeaders, protocolVersion } from './protocol.ts';

/** Not let in, or not as that node; `status` is what HTTP calls it, `message` is for the person behind the agent. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly status: 400 | 401 | 403;

  constructor(status: 400 | 401 | 403, message: string) {
    super(message);
    this.status = status;
  }
}

export interface AgentAccessOptions {
  /** The token that agents show; undefined: none is taken. Asked for each request, so a changed file counts. */
  readonly token: (() => Promise<string>) | undefined;
  /** Certificates of a client authority are taken. */
  readonly certificates: boolean;
}

export type AuthenticateAgent = (request: IncomingMessage) => Promise<AgentIdentity>;

const maxNameLength = 300;
/** A certificate of this common name speaks for one node; any other for all of them. The second is a kubelet's. */
const nodePrefixes = ['node/', 'system:node:'];

/**
 * Token or certificate, whichever is set up; neither: everybody (who reaches a loopback address). Throws an
 * `AccessError`, or whatever `token` throws.
 */
export function createAgentAccess(options: AgentAccessOptions): AuthenticateAgent {
  const { token, certificates } = options;
  return async (request) => {
    const identity = readIdentity(request);
    const name = certificates ? commonName(request) : undefined;
    if (name !== undefined) {
      const bound = boundNode(name);
      if (bound !== undefined && bound !== identity.node)
        throw new AccessError(403, `the certificate of node ${bound} does not speak for ${identity.node}`);
      return identity;
    }
    if (token !== undefined) {
      if (!isSame(bearerOf(request), await token())) throw new AccessError(401, 'wrong or missing token');
      return identity;
    }
    if (certificates) throw new AccessError(401, 'no client certificate that this server takes');
    return identity;
  };
}

function readIdentity({ headers }: IncomingMessage): AgentIdentity {
  const protocol = headers[agentHeaders.protocol] ?? protocolVersion;
  if (protocol !== protocolVersion)
    throw new AccessError(
      400,
      `protocol ${String(protocol)} is not spoken here, but ${protocolVersion}: update this server first, then its agents`,
    );
  return { node: readName(headers, agentHeaders.node), instance: readName(headers, agentHeaders.instance) };
}

function readName(headers: IncomingMessage['headers'], name: string): string {
  const value = decode(headers[name]);
  if (value === undefined || value === '' || value.length > maxNameLength)
    throw new AccessError(400, `the header ${name} is missing or no name`);
  return value;
}

function decode(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function commonName({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject.CN;
  return typeof name === 'string' ? name : '';
}

function boundNode(name: string): string | undefined {
  const prefix = nodePrefixes.find((one) => name.startsWith(one));
  return prefix === undefined ? undefined : name.slice(prefix.length);
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** Compares digests, so that the time tells nothing of the token. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
