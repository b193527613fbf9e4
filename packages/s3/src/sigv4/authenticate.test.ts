import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { S3Error } from '../errors/s3-error.ts';
import { parseRequestHead } from '../request/request-head.ts';
import { nodeSigningHash as hash } from '../testing/node-signing-hash.ts';
import { authenticate } from './authenticate.ts';
import { equalInConstantTime } from './constant-time.ts';
import { presignRequest, type Signer, signRequest } from './sign-request.ts';
import { EMPTY_SHA256 } from './signing-hash.ts';
import { SigningKeys } from './signing-keys.ts';
import { parseAmzTimestamp } from './timestamp.ts';

const signer: Signer = {
  hash,
  keys: new SigningKeys(hash),
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const NOW = parseAmzTimestamp('20130524T000000Z')!;
const host = 'examplebucket.s3.amazonaws.com';

const options = {
  hash,
  keys: signer.keys,
  nowMs: NOW,
  credentials: (id: string) => (id === signer.accessKeyId ? signer.secretAccessKey : undefined),
};

function signatureOf(headers: Readonly<Record<string, string>>): string {
  return headers.authorization!.replace(/.*Signature=/, '');
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof S3Error) return thrown.code;
    throw thrown;
  }
  return 'no error';
}

describe('the examples of "Signature Calculations for the Authorization Header"', () => {
  const examples = [
    [
      'GET',
      '/test.txt',
      { range: 'bytes=0-9' },
      EMPTY_SHA256,
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'GET',
      '/?lifecycle',
      {},
      EMPTY_SHA256,
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET',
      '/?max-keys=2&prefix=J',
      {},
      EMPTY_SHA256,
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
    [
      'PUT',
      '/test%24file.text',
      { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      hash.sha256Hex('Welcome to Amazon S3.'),
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
  ] as const;
  for (const [method, target, headers, payloadHash, signature] of examples) {
    test(`[A1] ${method} ${target} has the published signature and is accepted`, () => {
      const signed = signRequest(signer, { method, target, headers: { host, ...headers }, payloadHash }, NOW);
      assert.equal(signatureOf(signed.headers), signature);
      const head = parseRequestHead(method, target, signed.headers);
      assert.equal(authenticate(head, options).accessKeyId, signer.accessKeyId);
    });
  }

  test('[A2] the presigned example has the published signature and is good until it expires', () => {
    const target = presignRequest(
      signer,
      { method: 'GET', target: '/test.txt', headers: { host } },
      NOW,
      86_400,
    );
    assert.match(target, /X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/);
    const head = parseRequestHead('GET', target, { host });
    assert.equal(authenticate(head, { ...options, nowMs: NOW + 86_400_000 }).payload.kind, 'unsigned');
    assert.equal(
      codeOf(() => authenticate(head, { ...options, nowMs: NOW + 86_401_000 })),
      'AccessDenied',
    );
    assert.equal(
      codeOf(() => authenticate(head, { ...options, nowMs: NOW - 3_600_000 })),
      'AccessDenied',
    );
  });
});

interface Vectors {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly nowMs: number;
  readonly cases: { form: string; method: string; target: string; headers: Record<string, string> }[];
}

describe('requests signed by botocore', () => {
  const file = new URL('../../testdata/sigv4-botocore.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
  const against = {
    ...options,
    nowMs: vectors.nowMs,
    region: vectors.region,
    credentials: (id: string) => (id === vectors.accessKeyId ? vectors.secretAccessKey : undefined),
  };
  for (const { form, method, target, headers } of vectors.cases) {
    test(`[A1] ${form}: ${method} ${target.slice(0, 60)} is accepted, and refused when it is changed`, () => {
      const head = parseRequestHead(method, target, headers);
      assert.equal(authenticate(head, against).accessKeyId, vectors.accessKeyId);
      const other = parseRequestHead(method === 'GET' ? 'PUT' : 'GET', target, headers);
      assert.equal(
        codeOf(() => authenticate(other, against)),
        'SignatureDoesNotMatch',
      );
    });
  }
});

describe('what is refused', () => {
  const sign = (extra: Record<string, string> = {}, nowMs = NOW) =>
    ({
      ...signRequest(
        signer,
        { method: 'GET', target: '/b/k', headers: { host, ...extra }, payloadHash: EMPTY_SHA256 },
        nowMs,
      ).headers,
    }) as Record<string, string>;
  const check = (headers: Record<string, string>, target = '/b/k', more = {}) =>
    codeOf(() => authenticate(parseRequestHead('GET', target, headers), { ...options, ...more }));

  test('[A3] an unsigned request is AccessDenied, an old signature version is named', () => {
    assert.equal(check({ host }), 'AccessDenied');
    assert.equal(check({ host, authorization: 'AWS AKID:sig' }), 'InvalidRequest');
    assert.equal(check({ host, authorization: 'AWS4-ECDSA-P256-SHA256 Credential=x' }), 'NotImplemented');
  });

  test('[A4] the clocks may be 15 minutes apart and no more', () => {
    for (const sign1 of [-1, 1]) {
      assert.equal(check(sign({}, NOW + sign1 * 900_000)), 'no error');
      assert.equal(check(sign({}, NOW + sign1 * 901_000)), 'RequestTimeTooSkewed');
    }
  });

  test('[A5] an unknown access key is InvalidAccessKeyId, a wrong secret SignatureDoesNotMatch', () => {
    assert.equal(check(sign(), '/b/k', { credentials: () => undefined }), 'InvalidAccessKeyId');
    assert.equal(check(sign(), '/b/k', { credentials: () => 'other' }), 'SignatureDoesNotMatch');
    assert.equal(check(sign()), 'no error', 'the wrong secret has not stayed in the cache (K1)');
  });

  test('[A6] any region is taken unless one is asked for; the service must be s3', () => {
    assert.equal(check(sign(), '/b/k', { region: 'us-east-1' }), 'no error');
    assert.equal(check(sign(), '/b/k', { region: 'eu-west-1' }), 'AuthorizationHeaderMalformed');
    const headers = sign();
    headers.authorization = headers.authorization!.replace('/s3/', '/sqs/');
    assert.equal(check(headers), 'AuthorizationHeaderMalformed');
  });

  test('[A7] host and every x-amz- header must be signed', () => {
    assert.equal(check({ ...sign(), 'x-amz-meta-added': 'on the way' }), 'AccessDenied');
    const headers = sign();
    headers.authorization = headers.authorization!.replace('host;', '');
    assert.equal(check(headers), 'AccessDenied');
  });

  test('[A8] a request signed in its headers must declare its payload, with a known word or a hash', () => {
    const { 'x-amz-content-sha256': _, ...without } = sign();
    assert.equal(check(without), 'InvalidRequest');
    assert.equal(check({ ...sign(), 'x-amz-content-sha256': 'constructor' }), 'InvalidArgument');
  });

  test('[A9] malformed authorization is told apart from a wrong signature', () => {
    const { authorization, ...rest } = sign();
    assert.equal(
      check({ ...rest, authorization: 'AWS4-HMAC-SHA256 nonsense' }),
      'AuthorizationHeaderMalformed',
    );
    assert.equal(
      check({ ...rest, authorization: authorization!.replace('20130524/', '20130525/') }),
      'AuthorizationHeaderMalformed',
    );
    assert.equal(
      check({ ...rest, authorization: authorization!.replace('aws4_request', 'aws5') }),
      'AuthorizationHeaderMalformed',
    );
    assert.equal(
      check({ host }, '/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256'),
      'AuthorizationQueryParametersError',
    );
    assert.equal(check(sign(), '/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256'), 'InvalidArgument');
  });

  test('[A2] a presigned request lasts a week at most', () => {
    for (const [seconds, code] of [
      [604_800, 'no error'],
      [604_801, 'AuthorizationQueryParametersError'],
      [-1, 'AuthorizationQueryParametersError'],
    ] as const) {
      const target = presignRequest(
        signer,
        { method: 'GET', target: '/b/k', headers: { host } },
        NOW,
        seconds,
      );
      assert.equal(check({ host }, target), code);
    }
  });
});

test('[A11] links of signature version 2, as botocore makes them, are good until they expire', () => {
  const file = new URL('../../testdata/sigv2-botocore.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
  const against = {
    ...options,
    nowMs: vectors.nowMs,
    credentials: () => vectors.secretAccessKey,
    baseDomains: ['localhost'],
  };
  for (const { method, target, headers } of vectors.cases) {
    const head = parseRequestHead(method, target, headers);
    assert.equal(authenticate(head, against).accessKeyId, vectors.accessKeyId, target);
    assert.equal(
      codeOf(() => authenticate({ ...head, method: 'DELETE' }, against)),
      'SignatureDoesNotMatch',
    );
    assert.equal(
      codeOf(() => authenticate({ ...head, rawPath: `${head.rawPath}x` }, against)),
      'SignatureDoesNotMatch',
    );
    assert.equal(
      codeOf(() => authenticate(head, { ...against, nowMs: vectors.nowMs + 601_000 })),
      'AccessDenied',
    );
  }
  const head = parseRequestHead('GET', vectors.cases[0]!.target, vectors.cases[0]!.headers);
  assert.equal(
    codeOf(() => authenticate(head, { ...against, credentials: () => undefined })),
    'InvalidAccessKeyId',
  );
});

test('[A10] texts are compared in full whatever differs', () => {
  assert.ok(equalInConstantTime('abc', 'abc'));
  assert.ok(!equalInConstantTime('abc', 'abd'));
  assert.ok(!equalInConstantTime('abc', 'abcd'));
});
