# syntax=docker/dockerfile:1

# One image for every process; the command says which. glibc, because the engine inside the worker is a native library
# built for it.
FROM node:24.21.0-bookworm-slim AS base
ENV NODE_ENV=production
# How large the heap may be: embedded/node-program.ts says why.
ENV NODE_OPTIONS="--max-semi-space-size=8 --max-old-space-size=1024"
WORKDIR /app

# What runs in production. No package of it needs its install script.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts

# Bundling the workflow code takes seconds, which a worker should not spend at every start.
FROM dependencies AS bundle
COPY src ./src
RUN ["node", "src/workers/workflow-bundle.main.ts"]

# What builds, and what demonstrations run; none of it is in the production image.
FROM base AS demo-dependencies
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --ignore-scripts

FROM demo-dependencies AS console
COPY console ./console
RUN ["node", "console/build.main.ts"]

FROM base AS runtime
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=bundle /app/dist ./dist
COPY --from=console /app/dist/console ./dist/console
COPY db ./db
COPY src ./src
USER node
EXPOSE 3000
# The API answers on its own port, every other process on HEALTH_PORT.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || process.env.API_PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/api/main.ts"]

# The simulators, for demonstrations: other companies' systems, which no production image carries.
FROM base AS demo
RUN install --directory --owner=node --group=node /data
COPY package.json LICENSE ./
COPY --from=demo-dependencies /app/node_modules ./node_modules
COPY src/config ./src/config
COPY simulators ./simulators
USER node
VOLUME /data
CMD ["node", "simulators/payment-provider/main.ts"]
