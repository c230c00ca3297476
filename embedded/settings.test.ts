import { describe, expect, test } from '@jest/globals';
import { readSettings, SettingsError, variablesOfProcesses } from './settings.ts';

describe('the settings of the embedded stack', () => {
  test('have a default each', () => {
    expect(readSettings({})).toMatchObject({
      ports: {
        API_PORT: 3000,
        TEMPORAL_PORT: 7233,
        TEMPORAL_UI_PORT: 8233,
        POSTGRES_PORT: 5433,
        AWS_PORT: 4566,
      },
      orderWorkers: 1,
      hasDemoData: true,
      databaseUrl: undefined,
      temporalAddress: undefined,
      aws: { isEmbedded: true, region: 'eu-west-1' },
    });
  });

  test('take an empty variable for an absent one', () => {
    expect(readSettings({ API_PORT: '', DATABASE_URL: '' })).toEqual(readSettings({}));
  });

  test('do not go to Amazon because of a region alone', () => {
    expect(readSettings({ AWS_REGION: 'us-east-1' }).aws).toMatchObject({
      isEmbedded: true,
      region: 'us-east-1',
    });
  });

  test('go to another endpoint, or to a topic and a queue that are there', () => {
    expect(readSettings({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4000' }).aws.isEmbedded).toBe(false);
    const given = {
      EVENTS_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:orders.fifo',
      EVENTS_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo',
    };
    expect(readSettings(given).aws).toMatchObject({ isEmbedded: false, topicArn: given.EVENTS_TOPIC_ARN });
    expect(() => readSettings({ EVENTS_QUEUE_URL: given.EVENTS_QUEUE_URL })).toThrow(/EVENTS_TOPIC_ARN/);
  });

  test('take a number of order workers, or leave it to the load', () => {
    expect(readSettings({ ORDER_WORKERS: '64' }).orderWorkers).toBe(64);
    expect(readSettings({ ORDER_WORKERS: 'auto' }).orderWorkers).toBe('auto');
    for (const wrong of ['0', '65', '1.5', 'many'])
      expect(() => readSettings({ ORDER_WORKERS: wrong })).toThrow(
        `ORDER_WORKERS: "${wrong}" is not possible: must be 1 to 64, or auto`,
      );
  });

  test('refuse everything that is wrong at once, without telling a secret', () => {
    const read = (): unknown =>
      readSettings({
        MAIL_PORT: 'eighty',
        ORDER_WORKERS: '0',
        CONFIRMATION_DEADLINE_MS: '-1',
        TEMPORAL_CODEC_KEYS: 'not:very-secret',
        PAYMENT_WEBHOOK_SECRET: 'short',
      });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      /MAIL_PORT: "eighty"[^]*ORDER_WORKERS: "0"[^]*TEMPORAL_CODEC_KEYS: its value[^]*CONFIRMATION_DEADLINE_MS: "-1"/,
    );
    expect(read).not.toThrow(/very-secret/);
    expect(read).not.toThrow(/short/);
  });

  test('refuse two variables with one port', () => {
    expect(() => readSettings({ CARRIER_PORT: '3000' })).toThrow(
      'CARRIER_PORT: 3000 is the port of API_PORT already',
    );
  });

  test('pass on what is set for our processes, but no health port that several would want, and no version', () => {
    expect(
      variablesOfProcesses({
        LOG_LEVEL: 'debug',
        HEALTH_PORT: '9000',
        WORKER_BUILD_ID: '0.1.0',
        HOME: '/root',
        JWT_ISSUER: '',
      }),
    ).toEqual({
      LOG_LEVEL: 'debug',
    });
  });
});
