// Vectors of signatures (spec/backup-format.md §2.5): the edges at which verifiers of Ed25519 differ.
//
// With the base point B, a point T of order 8, and secrets a and r: A is a B + i T, R is r B + j T for
// some i and j, and S is r + k a; the message is the first byte for which what the name says is so.

import type { VectorFile } from './vector-file.ts';

/** Name, public key, message, signature. */
type Signature = readonly [string, string, string, string];

const ACCEPTED: readonly Signature[] = [
  [
    'of a key and a nonce of the prime-order group',
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679fe0e80ec1ef7acc021c808928e8d59d513b363811ce2541e6cf03ac4de9f85301',
  ],
  [
    'A with a part of small order, the equation holds',
    '3a4ed7d77bac8e296df482ab6e1b64eae352d297dbe7837dab576be945ab22f2',
    '03',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679f60b73fa3b0f7031e397f3b7f4b1da44f48e33ff652c8607d348c383c7bf62f0c',
  ],
  [
    'A and R with parts of small order, the equation holds',
    '3a4ed7d77bac8e296df482ab6e1b64eae352d297dbe7837dab576be945ab22f2',
    '1c',
    'eac5a82b0c7152f22df72bdee426cac284145e6794749decafed17e946a8a5e691c8b721db6403ed19ed4ff3a67721518a9f39378d872816364086fbcdbad409',
  ],
];

const REFUSED: readonly Signature[] = [
  [
    'S not below the group order',
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679fcdbc041e0adede5af21c81cbc6cf7c663b363811ce2541e6cf03ac4de9f85311',
  ],
  [
    'R with a part of small order, the equation holds times 8 only',
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    '3db382e91473911088d72b8ffee7d972744f771542f59edec1afaf3868363b2a41721e8be8ed4b73f5e0ba5e119dadf1b859c607fce7c76586dc009273fcd00b',
  ],
  [
    'A with a part of small order, the equation holds times 8 only',
    '3a4ed7d77bac8e296df482ab6e1b64eae352d297dbe7837dab576be945ab22f2',
    '00',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679f7659d97675d239f082ca891829e40000e145906203cee2a7e1fb26ad7185ed0c',
  ],
  [
    'R neutral, the equation holds',
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    '0100000000000000000000000000000000000000000000000000000000000000e94dd517cf033a7edd96fcd112780e10b2a7cfca52e1baca9f56ecb4d94f8308',
  ],
  [
    'R of small order, the equation holds times 8 only',
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc859404dbc8746beea3752e6749ff57d31388d082cf240700560e4dbe830c54d105',
  ],
  [
    'R of small order, A with such a part, the equation holds',
    '3a4ed7d77bac8e296df482ab6e1b64eae352d297dbe7837dab576be945ab22f2',
    '06',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc853f9bc7352e704c4ce0676f010d7852d73f8bee9dda7540deb5f19f4779e80203',
  ],
  [
    'A of small order, the equation holds',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '00',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679fa5659e6458d5f9a2d23d9c431f1add284ced99ba21fc34cf8e3794c17d68720b',
  ],
  [
    'A neutral, the equation holds',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679fa5659e6458d5f9a2d23d9c431f1add284ced99ba21fc34cf8e3794c17d68720b',
  ],
  [
    "A neutral, y not below the field's prime",
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '',
    'd0e60279ff5239ffea96c2781e600c2686c25ad52ffc7b905b4e7a581774679fa5659e6458d5f9a2d23d9c431f1add284ced99ba21fc34cf8e3794c17d68720b',
  ],
  [
    "R neutral, y not below the field's prime",
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f48223a03edbc282051300b90279d29d11f3dfdce2314ab0eea4a5739ce3a7800',
  ],
  [
    'R neutral, a sign bit where x is 0',
    'a240c17fc5374c4d13ddbd397b5d998509701874dcae9cc5adc997ef9dcdb992',
    '00',
    '0100000000000000000000000000000000000000000000000000000000000080818bacc3e0e2446468e2031bb8ebaeb195603cfa38a911477f7bea1656818906',
  ],
];

export function signatureVectors(): VectorFile {
  return {
    path: 'backup-format/signatures.json',
    description: 'Ed25519 signatures at the edges (spec/backup-format.md §2.5).',
    cases: ACCEPTED.map(described),
    failures: REFUSED.map((one) => ({ ...described(one), code: 'damaged' })),
  };
}

function described([name, publicKey, message, signature]: Signature): object {
  return { name, publicKey, message, signature };
}
