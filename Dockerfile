FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN npm run build

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production POLLUX_HOST=0.0.0.0 POLLUX_PORT=8080
# The build holds the production dependencies: there is no node_modules to carry.
COPY package.json LICENSE ./
COPY fixtures ./fixtures
COPY openapi ./openapi
COPY --from=build /build/dist ./dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["node", "dist/cli.js", "healthcheck"]
CMD ["node", "dist/cli.js"]
