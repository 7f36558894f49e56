import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpServerOptions, makeHttpServer, socketAddress } from '@holdfast/serving/http';
import { listenOn } from './listen.ts';

const TIMEOUTS = { headersMs: 200, requestMs: 300, keepAliveMs: 1000, silenceMs: 2000 };

async function start(options: Partial<HttpServerOptions> = {}) {
  const server = makeHttpServer({
    fetch: async (request) => new Response(await request.text()),
    tls: null,
    connections: 100,
    connectionsPerAddress: 100,
    timeouts: TIMEOUTS,
    ...options,
  });
  const listener = await listenOn(server, { host: '127.0.0.1', port: 0 });
  const { port } = listener.at;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    listener,
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

/** What a connection gets until the server ends it. */
async function talk(port: number, send: (write: (text: string) => void) => Promise<void>) {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk;
  });
  socket.on('error', () => {
    // Cut off while it still sends.
  });
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  await send((text) => {
    if (!socket.destroyed) socket.write(text);
  });
  await closed;
  return got;
}

async function drip(write: (text: string) => void, text: string): Promise<void> {
  for (const character of text) {
    write(character);
    await sleep(20);
  }
}

test('who sends headers drop by drop is cut off', async () => {
  await using server = await start();
  const headers = `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20)}`;
  const got = await talk(server.port, (write) => drip(write, headers));
  assert.match(got, /^HTTP\/1\.1 408 /);
});

test('who sends a body drop by drop is cut off', async () => {
  await using server = await start();
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n';
  const got = await talk(server.port, async (write) => {
    write(head);
    await drip(write, 'x'.repeat(60));
  });
  assert.match(got, /^HTTP\/1\.1 408 /);
});

test('headers that are too long are refused', async () => {
  await using server = await start();
  const got = await talk(server.port, async (write) => {
    write(`GET / HTTP/1.1\r\nHost: x\r\na: ${'b'.repeat(9000)}\r\n\r\n`);
  });
  assert.match(got, /^HTTP\/1\.1 431 /);
});

test('one address holds so many connections and no more, and gets them back', async () => {
  await using server = await start({ connectionsPerAddress: 2 });
  const sockets = [0, 1].map(() => connect(server.port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await sleep(50);
  const refused = await talk(server.port, async () => {});
  assert.equal(refused, '');
  for (const socket of sockets) socket.destroy();
  await sleep(50);
  const response = await fetch(server.url, { method: 'POST', body: 'hello' });
  assert.equal(await response.text(), 'hello');
});

test('all addresses together hold so many connections', async () => {
  await using server = await start({ connections: 1 });
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  await sleep(50);
  assert.equal(await talk(server.port, async () => {}), '');
  socket.destroy();
});

test('fetch() is told the other end of the connection', async () => {
  let address = '';
  await using server = await start({
    fetch(_, env) {
      address = socketAddress(env);
      return new Response('');
    },
  });
  await fetch(server.url);
  assert.equal(address, '127.0.0.1');
});

test('close() lets a request end, and takes no more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = await start({
    async fetch() {
      asked.resolve();
      await promise;
      return new Response('done');
    },
  });
  const answer = fetch(server.url);
  await asked.promise;
  const closed = server.listener.close(5000);
  await assert.rejects(fetch(server.url));
  resolve();
  assert.equal(await (await answer).text(), 'done');
  await closed;
});

test('close() cuts off who does not end in time', async () => {
  const { promise } = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  await using server = await start({
    fetch() {
      asked.resolve();
      return promise;
    },
  });
  const answer = fetch(server.url);
  await asked.promise;
  await Promise.all([server.listener.close(100), assert.rejects(answer)]);
});
