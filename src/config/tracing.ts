/**
 * OpenTelemetry traces: one trace for one request, from the API through the workflow and its activities to SQL and HTTP.
 * Nothing of it is loaded, and nothing is sent, unless an endpoint is configured; the helpers then cost a function call.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import type { ClientInterceptors } from '@temporalio/client';
import type { WorkerInterceptors, WorkerOptions } from '@temporalio/worker';

const TRACER_NAME = 'order-saga';

/** What a process hands to the parts that take part in a trace. */
export interface Tracing {
  readonly enabled: boolean;
  /** For the Temporal client; undefined when tracing is off. */
  readonly clientInterceptors: ClientInterceptors | undefined;
  /** For the Temporal worker. */
  readonly workerInterceptors: WorkerInterceptors;
  readonly workerSinks: WorkerOptions['sinks'];
  /** Modules that go into the workflow bundle. They cost memory in every cached workflow, so only while tracing is on. */
  readonly workflowInterceptorModules: readonly string[];
  /** Sends what is still held back, and stops. */
  readonly shutdown: () => Promise<void>;
}

const OFF: Tracing = {
  enabled: false,
  clientInterceptors: undefined,
  workerInterceptors: {},
  workerSinks: undefined,
  workflowInterceptorModules: [],
  shutdown: async () => undefined,
};

/**
 * Starts tracing for this process; called once, before anything that is to be traced.
 *
 * @param serviceName shown as `service.name`, for example `order-saga-api`
 * @param endpoint base address of an OTLP/HTTP receiver, without `/v1/traces`; tracing stays off when undefined
 */
export async function startTracing(serviceName: string, endpoint: string | undefined): Promise<Tracing> {
  if (endpoint === undefined) return OFF;
  const [node, base, exporter, resources, instrumentation, undici, temporalClient, temporalWorker] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/instrumentation'),
      import('@opentelemetry/instrumentation-undici'),
      import('@temporalio/interceptors-opentelemetry/lib/client/index.js'),
      import('@temporalio/interceptors-opentelemetry/lib/worker/index.js'),
    ]);
  const resource = new resources.Resource({ 'service.name': serviceName });
  const processor = new base.BatchSpanProcessor(
    new exporter.OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
    { scheduledDelayMillis: 1_000 },
  );
  const provider = new node.NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  const disableInstrumentations = instrumentation.registerInstrumentations({
    tracerProvider: provider,
    // A request without a parent is a poll of nobody's order and would only be noise.
    instrumentations: [new undici.UndiciInstrumentation({ requireParentforSpans: true })],
  });
  const clientInterceptors: ClientInterceptors = {
    workflow: [new temporalClient.OpenTelemetryWorkflowClientInterceptor()],
  };
  return {
    enabled: true,
    clientInterceptors,
    workerInterceptors: {
      activity: [
        (activityContext) => ({
          inbound: new temporalWorker.OpenTelemetryActivityInboundInterceptor(activityContext),
          outbound: new temporalWorker.OpenTelemetryActivityOutboundInterceptor(activityContext),
        }),
      ],
    },
    workerSinks: { exporter: temporalWorker.makeWorkflowExporter(processor, resource) },
    workflowInterceptorModules: [
      createRequire(import.meta.url).resolve(
        '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors.js',
      ),
    ],
    shutdown: async () => {
      disableInstrumentations();
      await provider.shutdown();
    },
  };
}

/**
 * Runs something as one span of the trace that is under way, and marks the span when it fails. No personal data in
 * `attributes`.
 */
export function withSpan<Result>(
  name: string,
  attributes: Attributes,
  run: (span: Span) => Promise<Result>,
  options: Omit<SpanOptions, 'attributes'> = {},
): Promise<Result> {
  return trace.getTracer(TRACER_NAME).startActiveSpan(name, { ...options, attributes }, async (span) => {
    try {
      return await run(span);
    } catch (error) {
      // The message stays out, because what another system answered may name a person.
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * The same repository with every call as a span. One method is one SQL statement, so this shows each statement without the
 * repositories knowing of traces.
 *
 * @param name shown before the method, for example `orders`
 */
export function traceRepository<Repository extends object>(name: string, repository: Repository): Repository {
  return new Proxy(repository, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function' || typeof property !== 'string') return member;
      return (...args: unknown[]): Promise<unknown> =>
        withSpan(
          `sql ${name}.${property}`,
          { 'db.system': 'postgresql', 'db.operation.name': property },
          async () => Reflect.apply(member, target, args) as unknown,
          { kind: SpanKind.CLIENT },
        );
    },
  });
}

/**
 * A handler for Express that runs each request as a span, continuing the caller's trace when it sent one. Mount it first.
 */
export function traceRequests(): (
  request: IncomingMessage & { readonly route?: { readonly path?: unknown }; readonly baseUrl?: string },
  response: ServerResponse,
  next: () => void,
) => void {
  return (request, response, next) => {
    const parent = propagation.extract(context.active(), request.headers);
    const method = request.method ?? 'GET';
    const span = trace
      .getTracer(TRACER_NAME)
      .startSpan(method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } }, parent);
    response.once('close', () => {
      // The route's pattern and not the address, which holds ids and would make a name of each.
      if (typeof request.route?.path === 'string') {
        const route = `${request.baseUrl ?? ''}${request.route.path}`;
        span.updateName(`${method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', response.statusCode);
      if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(parent, span), next);
  };
}
