/** What a server does for logins by OPAQUE (RFC 9807), kept in memory: `@serenity-kit/opaque`. */
import { client, ready, server } from '@serenity-kit/opaque';

const LOGINS = 100;

/** Logins a second, the server's side of both messages; the clients' is done beforehand. */
export async function measureOpaqueLogins(rounds: number): Promise<number[]> {
  await ready;
  const serverSetup = server.createSetup();
  const password = 'correct horse';
  const userIdentifier = 'somebody';
  const registering = client.startRegistration({ password });
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup,
    userIdentifier,
    registrationRequest: registering.registrationRequest,
  });
  const { clientRegistrationState } = registering;
  // Stretching is the client's part, and not measured.
  const stretching = {
    keyStretching: { 'argon2id-custom': { memory: 64, iterations: 1, parallelism: 1 } },
  };
  const { registrationRecord } = client.finishRegistration({
    clientRegistrationState,
    registrationResponse,
    password,
    ...stretching,
  });
  const measured: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    let servedMs = 0;
    for (let login = 0; login < LOGINS; login++) {
      const { clientLoginState, startLoginRequest } = client.startLogin({ password });
      let beganMs = performance.now();
      const { loginResponse, serverLoginState } = server.startLogin({
        serverSetup,
        userIdentifier,
        registrationRecord,
        startLoginRequest,
      });
      servedMs += performance.now() - beganMs;
      const finished = client.finishLogin({
        clientLoginState,
        loginResponse,
        password,
        ...stretching,
      });
      if (finished === undefined) throw new Error('The login must succeed');
      const { finishLoginRequest } = finished;
      beganMs = performance.now();
      server.finishLogin({ finishLoginRequest, serverLoginState });
      servedMs += performance.now() - beganMs;
    }
    // The first round warms up.
    if (round > 0) measured.push((1000 * LOGINS) / servedMs);
  }
  return measured;
}
