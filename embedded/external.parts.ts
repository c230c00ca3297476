/** What stands in for an embedded part when an address is given from outside. Each is asked once, so that a wrong address fails here. */
import { Connection } from '@temporalio/client';
import postgres from 'postgres';
import { ensureTopology } from './aws/topology.ts';
import type { Part } from './part.ts';
import type { AwsSettings } from './settings.ts';

const OLDEST_POSTGRES = 15;

/** Adds DATABASE_URL. */
export function externalPostgresPart(databaseUrl: string): Part {
  return {
    name: 'PostgreSQL (DATABASE_URL)',
    async start() {
      const sql = postgres(databaseUrl, { max: 1, connect_timeout: 5, onnotice: () => undefined });
      try {
        const [row] = await sql<
          { version: number }[]
        >`SELECT current_setting('server_version_num')::int AS version`;
        const major = Math.floor((row?.version ?? 0) / 10_000);
        if (major < OLDEST_POSTGRES)
          throw new Error(`it is PostgreSQL ${major}; ${OLDEST_POSTGRES} or later is needed`);
      } catch (error) {
        throw new Error(
          `The database at DATABASE_URL cannot be used: ${describe(error)}. Correct the variable, or unset it to use the embedded PostgreSQL.`,
          { cause: error },
        );
      } finally {
        await sql.end({ timeout: 1 });
      }
      const shown = new URL(databaseUrl);
      shown.password = '';
      return { addresses: { PostgreSQL: shown.href }, env: { DATABASE_URL: databaseUrl } };
    },
  };
}

/** Adds TEMPORAL_ADDRESS. */
export function externalTemporalPart(address: string, namespace: string): Part {
  return {
    name: 'Temporal (TEMPORAL_ADDRESS)',
    async start() {
      try {
        const connection = await Connection.connect({ address, connectTimeout: 5_000 });
        try {
          await connection.workflowService.describeNamespace({ namespace });
        } finally {
          await connection.close();
        }
      } catch (error) {
        throw new Error(
          `The Temporal server at TEMPORAL_ADDRESS (${address}, namespace "${namespace}") cannot be used: ${describe(error)}. Correct the variable, or unset it to use the embedded server.`,
          { cause: error },
        );
      }
      return { addresses: { Temporal: address }, env: { TEMPORAL_ADDRESS: address } };
    },
  };
}

/** Adds AWS_REGION, EVENTS_TOPIC_ARN and EVENTS_QUEUE_URL, and creates topic and queues where they are not given. */
export function externalAwsPart(settings: AwsSettings): Part {
  return {
    name: 'SNS and SQS (AWS_ENDPOINT_URL)',
    async start() {
      const connection: Record<string, string> = {
        AWS_REGION: settings.region,
        ...(settings.endpointUrl ? { AWS_ENDPOINT_URL: settings.endpointUrl } : {}),
      };
      const addresses = { 'SNS and SQS': settings.endpointUrl ?? settings.region };
      if (settings.topicArn && settings.queueUrl)
        return {
          addresses,
          env: { ...connection, EVENTS_TOPIC_ARN: settings.topicArn, EVENTS_QUEUE_URL: settings.queueUrl },
        };
      try {
        const topology = await ensureTopology({
          AWS_REGION: settings.region,
          AWS_ENDPOINT_URL: settings.endpointUrl,
        });
        return { addresses, env: { ...connection, ...topology } };
      } catch (error) {
        throw new Error(
          `SNS and SQS at AWS_ENDPOINT_URL (${settings.endpointUrl}) cannot be used: ${describe(error)}. Correct the variable and the AWS credentials, or unset it to use the embedded ones.`,
          { cause: error },
        );
      }
    },
  };
}

/** Some errors of connections say what happened in their code only. */
function describe(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return (message || code || String(error)).replace(/[.\s]+$/, '');
}
