import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Fault } from './fault-script.ts';
import { injectFault } from './faults.ts';
import { networkOf } from './network.ts';
import { printLine } from './print-line.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * The injector: a process that shares nothing but the kernel with whoever is to notice. Loses what arrives in a
 * namespace until its deadline, SIGTERM or the end of its parent, then heals the network. Prints when the fault began
 * (taken just before the kernel was told, so no delay measured from it is flattered), and what it dropped in all.
 */
const { values } = parseArgs({
  options: {
    namespace: { type: 'string' },
    /** Percent; 100 is a total outage. */
    loss: { type: 'string' },
    /** Only what comes from these addresses: `v4,v6`. */
    from: { type: 'string' },
    seconds: { type: 'string', default: '30' },
  },
});
const { namespace, loss } = values;
if (namespace === undefined || loss === undefined)
  throw new Error('--namespace NAME and --loss PERCENT are needed');

const ending = untilOrphaned(Number(values.seconds) * 1000);
const [address4, address6] = values.from?.split(',', 2) ?? [];
const scope = address4 !== undefined && address6 !== undefined ? { from: { address4, address6 } } : {};
const fault: Fault = { kind: 'loss', percent: Number(loss) };

const begunAtMs = Date.now();
const active = await injectFault(networkOf(namespace), fault, scope);
printLine({ fault: 'begun', at_ms: begunAtMs, namespace, percent: Number(loss) });
if (!ending.aborted) await once(ending, 'abort');
const counters = await active.clear();
printLine({ fault: 'ended', at_ms: Date.now(), ...counters });
process.stdin.destroy();
