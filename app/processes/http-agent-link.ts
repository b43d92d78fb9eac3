import { resolve } from 'node:path';
import type { Registry } from 'prom-client';
import { Secret } from '../../source-text/secret.ts';
import { systemClock } from '../../stream/clock.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createCommandStream } from '../../stream/http/command-stream.ts';
import type { ServerConfig, ServerConnectionConfig } from '../../stream/http/config-schema.ts';
import { createHttpSender } from '../../stream/http/http-sender.ts';
import { createServerClient, type ServerClient } from '../../stream/http/server-client.ts';
import { createServerReach } from '../../stream/http/server-reach.ts';
import { identityOf } from '../../stream/http/stream-identity.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { packageVersion } from '../package-root.ts';
import type { AgentLink } from './agent-link.ts';
import { createFileTexts } from './file-texts.ts';

export interface HttpAgentLinkOptions {
  readonly node: string;
  readonly server: ServerConfig;
  /** Paths in the configuration are relative to it. */
  readonly directory: string;
  readonly log: EmbeddedLog;
  readonly registry: Registry;
  readonly logger: StreamLogger;
  readonly onFatal: (error: Error) => void;
}

/** To a server: CloudEvents up by POST, capture requests down by server-sent events. */
export function createHttpAgentLink(options: HttpAgentLinkOptions): AgentLink {
  const { node, server, directory, log, registry, logger, onFatal } = options;
  const reach = createServerReach({ url: server.url, logger, registry });
  const client = openServerClient({ node, server, directory, instance: identityOf(log, 'http/agent') });
  const commands = createCommandStream({
    client,
    log,
    validate: validateEvent,
    clock: systemClock,
    reach,
    random: Math.random,
    onFatal,
  });
  return {
    name: 'http',
    target: server.url,
    server: { client, reach },
    sender: createHttpSender({ client, reach, logger, random: Math.random }),
    startCommands: () => commands.start(),
    stopCommands: () => commands.stop(),
    check() {
      const troubles = reach.troubles();
      return {
        name: 'server',
        ok: troubles.length === 0,
        reason: troubles.length === 0 ? `${server.url} takes what is seen` : troubles.join('; '),
      };
    },
    close: async () => client.close(),
  };
}

export interface ServerClientSource {
  readonly node: string;
  readonly server: ServerConnectionConfig;
  readonly directory: string;
  readonly instance: string;
}

/** Token and certificates are read anew while it runs, so that they can be changed. */
export function openServerClient({ node, server, directory, instance }: ServerClientSource): ServerClient {
  const at = (path: string | undefined): string | undefined => path && resolve(directory, path);
  const hasToken = server.token_file !== undefined || server.token_env !== undefined;
  const token = new Secret({ file: at(server.token_file), env: server.token_env }, process.env);
  const texts = createFileTexts(
    { ca: at(server.ca_file), cert: at(server.cert_file), key: at(server.key_file) },
    () => systemClock.nowMs(),
  );
  return createServerClient({
    url: server.url,
    node,
    instance,
    version: packageVersion,
    token: hasToken ? () => token.reveal() : undefined,
    tls: async () => ({
      ...(await texts()),
      ...(server.server_name !== undefined && { servername: server.server_name }),
    }),
  });
}
