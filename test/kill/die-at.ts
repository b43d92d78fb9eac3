export interface DieAt {
  readonly point: string;
  readonly passage: number;
}

/** Kills this process by SIGKILL at the nth passage of a point: no handler runs, no buffer is flushed. */
export function createExecutioner(dieAt: DieAt | null): (point: string) => void {
  let passages = 0;
  return (point) => {
    if (dieAt === null || point !== dieAt.point) return;
    passages += 1;
    if (passages === dieAt.passage) process.kill(process.pid, 'SIGKILL');
  };
}
