import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { AwsError } from '../contract/service.ts';
import { FORM, form, sendRaw, sendSigned } from './testing/signed-request.ts';
import { codeOf, JSON_GET, LIMITS, withWire } from './testing/small-services.ts';
import { openWire } from './testing/wire-fixture.ts';

test('[W6] unknown operations and services are named, in the code of the protocol', () =>
  withWire(async (wire) => {
    const cases = [
      [{ ...LIMITS, body: form('FlyToTheMoon') }, 'InvalidAction', /FlyToTheMoon of autoscaling/],
      [{ ...LIMITS, body: form('CreateAutoScalingGroup') }, 'InvalidAction', /CreateAutoScalingGroup/],
      [{ ...LIMITS, body: form('constructor') }, 'InvalidAction', /constructor/],
      [{ ...LIMITS, body: form('__proto__') }, 'InvalidAction', /__proto__/],
      [{ ...LIMITS, body: 'Version=1' }, 'InvalidAction', /must contain the parameter Action/],
      [{ ...LIMITS, service: 'ec2', body: form('FlyToTheMoon') }, 'InvalidAction', /FlyToTheMoon of ec2/],
      [
        { ...LIMITS, service: 'rds' },
        'InvalidAction',
        /service rds is not part of this cloud; it speaks autoscaling, ec2, monitoring, ssm, s3/,
      ],
    ] as const;
    for (const [request, code, message] of cases) {
      const answer = await sendSigned(wire, request);
      assert.deepEqual([answer.status, codeOf(answer.text)], [400, code], request.body);
      assert.match(answer.text, message);
    }
    for (const target of [
      'AmazonSSM.FlyToTheMoon',
      'DynamoDB_20120810.ListTables',
      'GraniteServiceVersion20100801.ListMetrics',
      'garbage',
    ]) {
      const answer = await sendSigned(wire, {
        ...JSON_GET,
        headers: { ...JSON_GET.headers, 'x-amz-target': target },
      });
      assert.deepEqual([answer.status, codeOf(answer.text)], [400, 'UnknownOperationException'], target);
    }
    const lambda = { service: 'lambda', method: 'GET', path: '/2015-03-31/functions' };
    const rest = await sendSigned(wire, lambda);
    assert.equal(codeOf(rest.text), 'UnknownOperationException');
    assert.match(rest.text, /service lambda is not part of this cloud/);
    const dynamo = {
      ...JSON_GET,
      service: 'dynamodb',
      headers: { ...JSON_GET.headers, 'x-amz-target': 'DynamoDB_20120810.ListTables' },
    };
    assert.match((await sendSigned(wire, dynamo)).text, /service dynamodb is not part of this cloud/);
  }));

test('[W7] inputs of the wrong shape are refused with where and what', () =>
  withWire(async (wire) => {
    const cases = [
      ['{"Name":5}', 'SerializationException', /value of Name must be a string, not 5/],
      ['{"Name":["a"]}', 'SerializationException', /must be a string, not a list/],
      ['{"Name":"a","WithDecryption":"yes"}', 'SerializationException', /WithDecryption must be a boolean/],
      ['{}', 'ValidationException', /Value null at 'Name'/],
      ['{"Name":null}', 'ValidationException', /Value null at 'Name'/],
      ['[]', 'SerializationException', /not a JSON object/],
      ['{"Name":', 'SerializationException', /can't be read/],
    ] as const;
    for (const [body, code, message] of cases) {
      const answer = await sendSigned(wire, { ...JSON_GET, body });
      assert.deepEqual([answer.status, codeOf(answer.text)], [400, code], body);
      assert.match(answer.text, message);
    }
    const unknown = await sendSigned(wire, {
      ...LIMITS,
      body: form('DescribeAccountLimits', { 'What.1.Is': 'this' }),
    });
    assert.equal(codeOf(unknown.text), 'ValidationError');
    assert.match(unknown.text, /The parameter What\.1\.Is is not recognized/);
    const ec2 = (parameters: Record<string, string>) =>
      sendSigned(wire, { ...LIMITS, service: 'ec2', body: form('DescribeRegions', parameters) });
    assert.equal(codeOf((await ec2({ 'RegionNames.1': 'x' })).text), 'UnknownParameter');
    assert.equal(codeOf((await ec2({ AllRegions: 'perhaps' })).text), 'InvalidParameterValue');
    assert.equal((await ec2({ 'RegionName.1': 'us-east-1', AllRegions: 'true' })).status, 200);
  }));

test('[W8] garbage in any protocol is answered and ends nothing', () =>
  withWire(async (wire) => {
    const rpc = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
    const path = '/service/GraniteServiceVersion20100801/operation/ListMetrics';
    const deep = Buffer.alloc(200_000, 0x9f);
    for (const body of [
      Buffer.from([0xff, 0xff]),
      Buffer.from([0x9a, 0xff, 0xff, 0xff, 0xff]),
      deep,
      Buffer.from('hello'),
    ]) {
      const answer = await sendSigned(wire, { service: 'monitoring', path, headers: rpc, body });
      assert.equal(answer.status, 400, body.toString('hex', 0, 8));
    }
    const deepJson = `{"Name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    assert.equal((await sendSigned(wire, { ...JSON_GET, body: deepJson })).status, 400);
    const forms = [
      '%zz=1&Action=DescribeAccountLimits',
      `Action=DescribeAccountLimits&${'a.'.repeat(5_000)}=1`,
      '\0\0',
    ];
    for (const body of forms)
      assert.equal((await sendSigned(wire, { ...LIMITS, body })).status, 400, body.slice(0, 20));
    assert.equal((await sendSigned(wire, LIMITS)).status, 200);
  }));

test('[W8] a body beyond the limit is refused, whether it says so or not', () =>
  withWire(
    async (wire) => {
      const body = form('DescribeAccountLimits', { Padding: 'x'.repeat(20_000) });
      const told = await sendSigned(wire, { ...LIMITS, body });
      assert.deepEqual([told.status, codeOf(told.text)], [413, 'RequestEntityTooLarge']);
      const headers = { ...FORM, 'transfer-encoding': 'chunked' };
      const chunked = await sendSigned(wire, { ...LIMITS, headers, body });
      assert.equal(chunked.status, 413);
    },
    { maxBodyBytes: 10_000 },
  ));

test('[W8] a client that stands still is given up', () =>
  withWire(
    async (wire) => {
      const text = await new Promise<string>((resolve) => {
        const socket = connect(wire.port, '127.0.0.1');
        let seen = '';
        socket.on('data', (piece) => (seen += piece));
        socket.on('close', () => resolve(seen));
        socket.write(
          `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${FORM['content-type']}\r\ncontent-length: 100\r\n\r\nAct`,
        );
      });
      assert.match(text, /^HTTP\/1\.1 400 /);
      assert.match(text, /<Code>RequestTimeout<\/Code>/);
    },
    { bodyPatienceMs: 50 },
  ));

test('[W9] an answer waits until the records are on disk', async () => {
  const disk = Promise.withResolvers<void>();
  let reached = false;
  await withWire(
    async (wire) => {
      let answered = false;
      const answer = sendSigned(wire, LIMITS).then((found) => {
        answered = true;
        return found;
      });
      while (!reached) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(answered, false);
      disk.resolve();
      assert.equal((await answer).status, 200);
    },
    {
      durable: () => {
        reached = true;
        return disk.promise;
      },
    },
  );
});

test('[W9] when the disk refuses, the client is told of a failure and not of the reason', () =>
  withWire(
    async (wire) => {
      for (const request of [LIMITS, { ...LIMITS, body: form('FlyToTheMoon') }]) {
        const answer = await sendSigned(wire, request);
        assert.deepEqual([answer.status, codeOf(answer.text)], [500, 'InternalFailure']);
        assert.doesNotMatch(answer.text, /no space/);
      }
      assert.match(wire.log.entries()[0]?.error ?? '', /no space left/);
    },
    { durable: () => Promise.reject(new Error('no space left')) },
  ));

test('[W10] what a service refuses and what it does not expect have the form of the protocol', async () => {
  const wire = await openWire([
    {
      signingName: 'monitoring',
      operations: {
        DescribeAlarms: () => {
          throw new AwsError('InvalidNextToken', 'no <such> token');
        },
        GetDashboard: () => {
          throw new AwsError('ResourceNotFound', 'none', 404);
        },
        ListMetrics: () => {
          throw new Error('an inner secret');
        },
      },
    },
  ]);
  const call = (operation: string, protocol: 'query' | 'json') =>
    protocol === 'query'
      ? sendSigned(wire, {
          service: 'monitoring',
          headers: FORM,
          body: form(operation, operation === 'GetDashboard' ? { DashboardName: 'd' } : {}),
        })
      : sendSigned(wire, {
          service: 'monitoring',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
          },
          body: operation === 'GetDashboard' ? '{"DashboardName":"d"}' : '{}',
        });
  const query = await call('DescribeAlarms', 'query');
  assert.equal(query.status, 400);
  assert.match(
    query.text,
    /<ErrorResponse xmlns="http:\/\/monitoring[^"]*"><Error><Type>Sender<\/Type><Code>InvalidNextToken<\/Code><Message>no &lt;such&gt; token<\/Message><\/Error><RequestId>[0-9a-f-]{36}<\/RequestId><\/ErrorResponse>/,
  );
  const json = await call('DescribeAlarms', 'json');
  assert.equal(json.headers['x-amzn-query-error'], 'InvalidNextToken;Sender');
  assert.equal(codeOf(json.text), 'com.amazonaws.cloudwatch#InvalidNextToken');
  const missing = await call('GetDashboard', 'json');
  assert.equal(missing.status, 404);
  assert.equal(missing.headers['x-amzn-query-error'], 'ResourceNotFound;Sender');
  const failed = await call('ListMetrics', 'query');
  assert.deepEqual([failed.status, codeOf(failed.text)], [500, 'InternalFailure']);
  assert.match(failed.text, /<Type>Receiver<\/Type>/);
  assert.doesNotMatch(failed.text, /secret/);
  const entry = wire.log.entries().at(-1);
  assert.match(entry?.error ?? '', /an inner secret/);
  assert.deepEqual([entry?.service, entry?.operation, entry?.status], ['monitoring', 'ListMetrics', 500]);
  await wire.close();
});

test('[W3] what no service claims is handed to S3 untouched', async () => {
  const handed: string[] = [];
  await withWire(
    async (wire) => {
      const requests = [
        { method: 'GET', path: '/' },
        { method: 'PUT', path: '/bucket/key', body: 'x' },
        {
          method: 'POST',
          path: '/bucket',
          headers: { 'content-type': 'multipart/form-data; boundary=x' },
          body: 'x',
        },
        { method: 'POST', path: '/bucket/key?uploads', headers: FORM, body: '' },
        { method: 'GET', path: '/service/a/operation/b' },
        { method: 'POST', path: '/service/a/operation/b', body: 'a multipart call on a bucket of that name' },
        {
          method: 'GET',
          path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a',
          headers: { host: 'bucket.localhost' },
        },
        { method: 'GET', path: '/', headers: { authorization: 'AWS old:signature' } },
      ];
      for (const request of requests) assert.equal((await sendRaw(wire, request)).text, 'S3', request.path);
      const signed = await sendSigned(wire, { service: 's3', path: '/', headers: FORM, body: LIMITS.body });
      assert.equal(signed.text, 'S3');
      assert.equal(handed.length, requests.length + 1);
      const waiting = { method: 'PUT', path: '/b/k', headers: { expect: '100-continue' }, body: '' };
      assert.equal((await sendRaw(wire, waiting)).text, 'S3, but not yet');
      assert.equal(wire.log.entries().length, 0);
    },
    {
      s3: {
        handler: (request, response) => {
          handed.push(`${request.method} ${request.url}`);
          request.resume();
          response.end('S3');
        },
        continueHandler: (_, response) => response.end('S3, but not yet'),
      },
    },
  );
});

test('[W3] without a store behind it, what is S3 is refused', () =>
  withWire(async (wire) => {
    const answer = await sendRaw(wire, { method: 'GET', path: '/bucket' });
    assert.deepEqual([answer.status, codeOf(answer.text)], [501, 'NotImplemented']);
  }));

test('[W12] services call each other through the same checks', () =>
  withWire(async (wire) => {
    assert.deepEqual(await wire.services.call('autoscaling', 'DescribeAccountLimits', {}), {
      MaxNumberOfAutoScalingGroups: 5,
    });
    await assert.rejects(wire.services.call('ssm', 'GetParameter', {}), {
      name: 'AwsError',
      code: 'ValidationError',
    });
    await assert.rejects(wire.services.call('ssm', 'GetParameter', { Name: 1 }), { code: 'MalformedInput' });
    await assert.rejects(wire.services.call('ssm', 'GetParameter', { Name: 'a', Nmae: 'b' }), {
      code: 'ValidationError',
      message: /Nmae is not recognized/,
    });
    await assert.rejects(wire.services.call('ec2', 'NoSuch', {}), { code: 'InvalidAction' });
    await assert.rejects(wire.services.call('rds', 'NoSuch', {}), { code: 'InvalidAction' });
  }));
