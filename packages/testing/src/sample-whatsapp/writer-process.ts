// The process behind startWriter(): writes until it is told to stop, or its parent is gone.

import { setTimeout as sleep } from 'node:timers/promises';
import { AppSession } from './app-session.ts';

const [folder = '', seed = '1', intervalMs = '5'] = process.argv.slice(2);
let isStopping = false;
process.once('message', () => {
  isStopping = true;
});
process.once('disconnect', () => {
  isStopping = true;
});

const session = new AppSession(folder, Number(seed), 0.06);
let transactions = 0;
let timestampMs = session.last.timestampMs;
while (!isStopping) {
  timestampMs += 5000;
  session.converse(session.random.between(1, 4), timestampMs);
  if (++transactions === 1) process.send?.('started');
  await sleep(Number(intervalMs));
}
session.close();
const { messages } = session.history.counts;
if (process.connected) process.send?.({ transactions, messages }, () => process.disconnect?.());
