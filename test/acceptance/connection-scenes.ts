import { startClient, startServer } from '../lab/traffic.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { Rig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { endHosts, lastingS, pair } from './traffic.ts';

/** `checkout` opens a connection for every five requests. */
async function churn(scene: Scene): Promise<void> {
  await startServer(scene.host('payments'), { seconds: lastingS });
  await startClient(scene.host('checkout'), {
    target: 'payments',
    family: 4,
    seconds: lastingS,
    connections: 3,
    rate: 20,
    requestsPerConnection: 5,
  });
}

/** A server that answers until a SIGUSR2; from then on it resets every connection that asks it something. */
function startBrittleServer(scene: Scene): LabProcess {
  const script = `let sick = false;
    process.on('SIGUSR2', () => { sick = true; });
    require('net').createServer((s) => {
      s.on('error', () => undefined);
      s.on('data', (data) => (sick ? s.resetAndDestroy() : s.write(data)));
    }).listen(8080, '::');`;
  return scene.host('payments').spawn(process.execPath, ['-e', script]);
}

/** Connects and resets at once, ten times a second. */
function startHealthChecks(scene: Scene): void {
  const script = `setInterval(() => {
    const s = require('net').connect(8080, process.argv[1], () => s.resetAndDestroy());
    s.on('error', () => undefined);
  }, 100)`;
  scene.host('checkout').spawn(process.execPath, ['-e', script, scene.host('payments').address4]);
}

/** Every port once, from the machine itself and from another. */
async function scanPorts(scene: Scene): Promise<void> {
  const script = `(async () => {
    for (let port = 3000; port <= 4500; port++)
      await new Promise((tried) => {
        const s = require('net').connect(port, process.argv[1], () => s.destroy());
        s.on('error', () => undefined).on('close', tried);
      });
  })()`;
  for (const address of ['127.0.0.1', scene.host('payments').address4])
    await scene.host('checkout').runInNetwork(process.execPath, ['-e', script, address]);
}

/** Connections that fail, and such as are ordinary. */
export async function stageConnections(rig: Rig): Promise<void> {
  const gone = await rig.scene('a service goes away', pair, churn);
  gone.between(0, 20).wantNothing();
  gone.at(20).do('the service ends', () => gone.host('payments').stopProcesses());
  gone.between(20, 70).wantNotice('ConnectFailures', /refused/);
  gone.between(40, 110).wantPage('ConnectFailures');

  const brittle = await rig.scene('a service resets', pair, async (scene) => {
    const server = startBrittleServer(scene);
    await startClient(scene.host('checkout'), {
      target: 'payments',
      family: 4,
      seconds: lastingS,
      connections: 3,
      rate: 20,
      requestsPerConnection: 5,
    });
    scene.at(20).do('the service begins to reset', async () => process.kill(server.pid, 'SIGUSR2'));
  });
  brittle.between(0, 15).wantNothing();
  brittle.between(20, 80).wantNotice('ResetStorm');

  const checked = await rig.scene('health checks that hang up', pair, async (scene) => {
    await startServer(scene.host('payments'), { seconds: lastingS });
    startHealthChecks(scene);
  });
  checked.between(0, 80).wantNothing();

  const scanned = await rig.scene('a port scan', pair, churn);
  scanned.at(20).do('every port is tried', () => scanPorts(scanned));
  scanned.between(0, 80).wantNothing();

  const restarted = await rig.scene('a restart', pair, churn);
  // Nobody listens until the new process does, which takes a busy machine some seconds.
  restarted.at(20).do('the service is started anew', async () => {
    await restarted.host('payments').stopProcesses();
    await startServer(restarted.host('payments'), { seconds: lastingS });
  });
  restarted.between(0, 80).wantNothing();

  const ending = await rig.scene('hosts that end under churn', pair, churn);
  ending.at(20).do('the hosts are gone', () => endHosts(ending));
  ending.between(0, 80).wantNothing();
}
