#!/usr/bin/env bash
# botocore 1.43.90 and 1.43.110: `sesv2:ListEmailIdentities` is another HTTP request, under the same version of the API.
#
# Expected: within the API version 2019-09-27 an operation keeps its method and path, as all others of the service do, so
# that whatever recognises calls by them (emulators, proxies, endpoint policies' logs) goes on working. Seen: up to 1.43.90
# it is `GET /v2/email/identities`; in 1.43.110 it is `POST /v2/email/list-identities`, and GetEmailIdentity stays below
# the old path. A server that knows one of the two answers half of its clients.
#
# Installs pinned packages into a temporary folder. Exits 0 while the behaviour is as described, and 1 once it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.43.90 1.43.110; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet "botocore==$version"
  "$folder/$version/bin/python" - <<'PYTHON' | tee -a "$folder/seen"
import botocore
from botocore.loaders import Loader

model = Loader().load_service_model("sesv2", "service-2")
http = {name: model["operations"][name]["http"] for name in ("ListEmailIdentities", "GetEmailIdentity")}
print(botocore.__version__, *(f'{name}: {one["method"]} {one["requestUri"]}' for name, one in http.items()), sep=", ")
PYTHON
done
diff - "$folder/seen" <<'EXPECTED'
1.43.90, ListEmailIdentities: GET /v2/email/identities, GetEmailIdentity: GET /v2/email/identities/{EmailIdentity}
1.43.110, ListEmailIdentities: POST /v2/email/list-identities, GetEmailIdentity: GET /v2/email/identities/{EmailIdentity}
EXPECTED
