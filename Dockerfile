# A shop in a container: the folder /shop is the volume that holds everything.
FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN npm ci && npm run build && npm pack --ignore-scripts=false --pack-destination /tmp

FROM node:20-bookworm-slim
COPY --from=build /tmp/endcap-*.tgz /tmp/
RUN npm install --global --omit=dev /tmp/endcap-*.tgz && rm -rf /tmp/endcap-*.tgz ~/.npm \
  && mkdir /shop && chown node:node /shop
# Threads that each have an arena of their own keep a hundred MB more than is used: see docs/production.md, Memory.
ENV MALLOC_ARENA_MAX=1
USER node
VOLUME /shop
EXPOSE 7700
# Another address than loopback needs keys: make them with `endcap keys create` and name their file in /shop/endcap.json.
ENTRYPOINT ["endcap"]
CMD ["serve", "--dir", "/shop", "--host", "0.0.0.0"]
