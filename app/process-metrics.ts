import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * What Prometheus' client libraries tell of their process, read only when somebody asks. `collectDefaultMetrics` of
 * prom-client would do the same, but its event loop histogram keeps a timer of 10 ms: a hundred wake-ups a second,
 * half of what an idle Saccade costs. See
 * https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
export function registerProcessMetrics(registry: Registry): void {
  registerProcessorTime(registry);
  registerMemory(registry);
  registerEventLoop(registry);
  gauge(registry, 'process_start_time_seconds', 'Start of the process, in seconds since 1970.', () =>
    Math.round(performance.timeOrigin / 1_000),
  );
  gauge(registry, 'process_open_fds', 'Open file descriptors.', openDescriptors);
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Version of Node.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: process.version }, 1);
}

function registerProcessorTime(registry: Registry): void {
  const figures = [
    ['process_cpu_user_seconds_total', 'Processor time in user mode.', userSeconds],
    ['process_cpu_system_seconds_total', 'Processor time in the kernel.', systemSeconds],
    ['process_cpu_seconds_total', 'Processor time.', () => userSeconds() + systemSeconds()],
  ] as const;
  for (const [name, help, read] of figures)
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
}

const userSeconds = (): number => process.cpuUsage().user / 1e6;
const systemSeconds = (): number => process.cpuUsage().system / 1e6;

function registerMemory(registry: Registry): void {
  const figures = [
    ['process_resident_memory_bytes', 'Resident memory, mapped packet rings included.', 'rss'],
    ['nodejs_heap_size_total_bytes', 'JavaScript heap, as taken from the system.', 'heapTotal'],
    ['nodejs_heap_size_used_bytes', 'JavaScript heap, as used.', 'heapUsed'],
    [
      'nodejs_external_memory_bytes',
      'Memory of objects that JavaScript holds outside of its heap.',
      'external',
    ],
  ] as const;
  for (const [name, help, figure] of figures)
    gauge(registry, name, help, () => process.memoryUsage()[figure]);
}

function registerEventLoop(registry: Registry): void {
  let before = performance.eventLoopUtilization();
  gauge(
    registry,
    'nodejs_eventloop_utilization',
    'Share of the time since the last scrape that the event loop was busy.',
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  );
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** NaN where there is no /proc. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NaN;
    throw error;
  }
}
