FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24.21.0-bookworm-slim
# Temporal's client needs the certificates even for plain connections.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN ln -s /app/dist/src/client/cli/aegisctl.js /usr/local/bin/aegisctl \
 && install --directory --owner=node --group=node --mode=0700 /var/lib/aegis
ENV AEGIS_HOME=/var/lib/aegis NODE_ENV=production
VOLUME /var/lib/aegis
USER node
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s CMD ["aegisctl", "status"]
# No shell in between: SIGTERM must reach aegisd.
CMD ["node", "dist/src/worker/main.js"]
