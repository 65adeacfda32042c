# The gateway alone: no shell, no packages, no root. docs/operations.md tells how to run it.
#
#   docker build -t kaskad --build-arg VERSION=$(git describe --tags --always) --build-arg COMMIT=$(git rev-parse HEAD) .
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS=linux
ARG TARGETARCH
ARG VERSION=0.0.0-image
ARG COMMIT=
ARG DATE=
RUN arch=${TARGETARCH:-$(go env GOARCH)} app=kaskad/cmd/kaskad/internal/app && \
	CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$arch go build -trimpath -buildvcs=false -tags timetzdata \
		-ldflags "-s -w -X $app.version=${VERSION#v} -X $app.commit=$COMMIT -X $app.date=$DATE" -o /out/usr/bin/kaskad ./cmd/kaskad && \
	mkdir -p /out/usr/share/doc/kaskad && \
	go run ./.ci/release/licences -os "$TARGETOS" -arch "$arch" ./cmd/kaskad >/out/usr/share/doc/kaskad/THIRD_PARTY_LICENSES && \
	cp LICENSE config.example.toml /out/usr/share/doc/kaskad/ && \
	install -d -m 0700 /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/ /
# A new volume takes this folder's owner: 65532, which is nonroot.
COPY --from=build --chown=65532:65532 /data /var/lib/kaskad
VOLUME /var/lib/kaskad
ENV KASKAD_CONFIG=/etc/kaskad/config.toml
USER 65532:65532
# 8080 is for messengers and providers, 8081 for you: never publish the second to the internet.
EXPOSE 8080 8081
# No HEALTHCHECK: there is nothing in here to call with. Whoever orchestrates asks /healthz on 8080 and /readyz on 8081.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/kaskad"]
CMD ["serve"]
