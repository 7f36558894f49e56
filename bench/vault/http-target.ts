/** A vault over HTTP, by connections that stay open. */
import { Agent, request as httpRequest } from 'node:http';
import { greetVault } from '@holdfast/client/vaults';
import type { Issuer, Target } from './recoveries.ts';

export async function httpTarget(url: string, issuer: Issuer): Promise<Target> {
  const { identity, fingerprint } = await greetVault(url);
  const agent = new Agent({ keepAlive: true });
  return {
    identity,
    fingerprint,
    issuer,
    send: async (kind, request, token) => await post(agent, `${url}/v1/${kind}`, request, token),
  };
}

async function post(
  agent: Agent,
  url: string,
  body: Uint8Array,
  token: string | null,
): Promise<Uint8Array> {
  return await new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const sent = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = new Uint8Array(Buffer.concat(parts));
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`status ${response.statusCode}: ${Buffer.from(bytes)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
