/** Who may call: signatures, and pages of other origins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORM, form, sendRaw, sendSigned, signedHeaders } from './testing/signed-request.ts';
import { codeOf, JSON_GET, LIMITS, withWire } from './testing/small-services.ts';
import { KEYS } from './testing/wire-fixture.ts';

test('[W4] a rightly signed request is answered, in all protocols', () =>
  withWire(async (wire) => {
    const query = await sendSigned(wire, LIMITS);
    assert.equal(query.status, 200);
    assert.match(
      query.text,
      /^<\?xml.*<DescribeAccountLimitsResponse xmlns="http:\/\/autoscaling.amazonaws.com\/doc\/2011-01-01\/"><DescribeAccountLimitsResult><MaxNumberOfAutoScalingGroups>5</s,
    );
    assert.equal((await sendSigned(wire, JSON_GET)).text, '{}');
  }));

test('[W4] what is not rightly signed is refused with the code of its protocol', () =>
  withWire(async (wire) => {
    const unsigned = await sendRaw(wire, { headers: FORM, body: form('DescribeAccountLimits') });
    assert.deepEqual([unsigned.status, codeOf(unsigned.text)], [403, 'MissingAuthenticationToken']);
    const unsignedJson = await sendRaw(wire, JSON_GET);
    assert.deepEqual(
      [unsignedJson.status, codeOf(unsignedJson.text)],
      [400, 'MissingAuthenticationTokenException'],
    );
    const cases = [
      [{ secretAccessKey: 'wrong' }, 403, 'SignatureDoesNotMatch', 'InvalidSignatureException'],
      [{ accessKeyId: 'AKIANOBODY' }, 403, 'InvalidClientTokenId', 'UnrecognizedClientException'],
      [{ nowMs: Date.now() - 16 * 60_000 }, 400, 'RequestExpired', 'InvalidSignatureException'],
      [{ nowMs: Date.now() + 16 * 60_000 }, 400, 'RequestExpired', 'InvalidSignatureException'],
    ] as const;
    for (const [change, status, queryCode, jsonCode] of cases) {
      const query = await sendSigned(wire, { ...LIMITS, ...change });
      assert.deepEqual([query.status, codeOf(query.text)], [status, queryCode]);
      const json = await sendSigned(wire, { ...JSON_GET, ...change });
      assert.deepEqual([json.status, codeOf(json.text)], [400, jsonCode]);
    }
    const ec2 = await sendSigned(wire, { ...LIMITS, service: 'ec2', accessKeyId: 'AKIANOBODY' });
    assert.deepEqual([ec2.status, codeOf(ec2.text)], [401, 'AuthFailure']);
    assert.match(ec2.text, /<Response><Errors><Error>.*<RequestID>/);
  }));

test('[W4] a changed body and a header outside the signature are refused', () =>
  withWire(async (wire) => {
    const headers = signedHeaders(wire, LIMITS);
    const changed = await sendRaw(wire, { headers, body: form('DescribeAccountLimits', { Extra: '1' }) });
    assert.equal(codeOf(changed.text), 'SignatureDoesNotMatch');
    const extra = { ...signedHeaders(wire, JSON_GET), 'x-amz-extra': '1' };
    const added = await sendRaw(wire, { headers: extra, body: JSON_GET.body });
    assert.equal(codeOf(added.text), 'IncompleteSignatureException');
    const declared = { ...LIMITS, headers: { ...FORM, 'x-amz-content-sha256': 'f'.repeat(64) } };
    assert.equal(codeOf((await sendSigned(wire, declared)).text), 'SignatureDoesNotMatch');
    const broken = { ...FORM, authorization: 'AWS4-HMAC-SHA256 Credential=x' };
    assert.equal(
      codeOf((await sendRaw(wire, { headers: broken, body: LIMITS.body })).text),
      'IncompleteSignature',
    );
  }));

test('[W4] temporary credentials count only with their token', async () => {
  const secretOf = () => ({ secretAccessKey: KEYS.secretAccessKey, sessionToken: 'token' });
  await withWire(
    async (wire) => {
      assert.equal(codeOf((await sendSigned(wire, LIMITS)).text), 'InvalidClientTokenId');
      const headers = { ...FORM, 'x-amz-security-token': 'token' };
      assert.equal((await sendSigned(wire, { ...LIMITS, headers })).status, 200);
    },
    { secretOf },
  );
});

test('[W5] pages of other origins and foreign hosts are refused, signed or not', () =>
  withWire(async (wire) => {
    const own = `http://127.0.0.1:${wire.port}`;
    const refused: Readonly<Record<string, string>>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:1' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { host: 'evil.example' },
      { host: `127.0.0.1.evil.example:${wire.port}` },
    ];
    for (const headers of refused) {
      const signed = await sendSigned(wire, { ...LIMITS, headers: { ...FORM, ...headers } });
      assert.deepEqual([signed.status, codeOf(signed.text)], [403, 'AccessDenied'], JSON.stringify(headers));
      const unsigned = await sendRaw(wire, { headers: { ...FORM, ...headers }, body: LIMITS.body });
      assert.deepEqual(
        [unsigned.status, codeOf(unsigned.text)],
        [403, 'AccessDenied'],
        JSON.stringify(headers),
      );
      const json = await sendSigned(wire, { ...JSON_GET, headers: { ...JSON_GET.headers, ...headers } });
      assert.deepEqual([json.status, codeOf(json.text)], [403, 'AccessDeniedException']);
    }
    const accepted: Readonly<Record<string, string>>[] = [
      { origin: own },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { host: 'localhost' },
      { host: 'autoscaling.us-east-1.localhost:4566' },
      { host: `[::1]:${wire.port}` },
    ];
    for (const headers of accepted) {
      const answer = await sendSigned(wire, { ...LIMITS, headers: { ...FORM, ...headers } });
      assert.equal(answer.status, 200, JSON.stringify(headers));
    }
  }));

test('[W5] further names are accepted when they are given', () =>
  withWire(
    async (wire) => {
      const headers = { ...FORM, host: 'cloud.example:4566' };
      assert.equal((await sendSigned(wire, { ...LIMITS, headers })).status, 200);
    },
    { hosts: ['cloud.example'] },
  ));
