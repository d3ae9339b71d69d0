#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# tools/fetch-mnist against a server on this machine that serves a folder with ranges: success, resuming, wrong and
# short files, a server without ranges, no server. What needs the real files is left out unless MNIST_DIR is set.
srcdir=${srcdir:-.}
fetch=$srcdir/tools/fetch-mnist
for tool in python3 curl; do
    command -v $tool > /dev/null 2>&1 || { echo "skipped: no $tool"; exit 77; }
done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

work=$(mktemp -d) || exit 99
server=
stop_server() {
    [ -z "$server" ] || kill "$server" 2> /dev/null
    [ -z "$server" ] || wait "$server" 2> /dev/null
    server=
}
trap 'stop_server; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cat > "$work/serve.py" <<'EOF'
import http.server, os, re, sys

root, log, ranges = sys.argv[1], sys.argv[2], sys.argv[3] == "ranges"

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = os.path.join(root, os.path.basename(self.path))
        try:
            body = open(path, "rb").read()
        except OSError:
            return self.send_error(404)
        length, start = len(body), 0
        claimed = path + ".claimed"          # the length to announce, if it is not the true one
        extra = int(open(claimed).read()) - length if os.path.exists(claimed) else 0
        wanted = re.match(r"bytes=(\d+)-$", self.headers.get("Range") or "") if ranges else None
        if wanted:
            start = int(wanted.group(1))
            if start >= length:
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, length - 1, length))
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(length - start + extra))
        self.end_headers()
        self.wfile.write(body[start:])
        with open(log, "a") as f:
            f.write("%s %d\n" % (os.path.basename(path), length - start))

    def log_message(self, *args):
        pass

httpd = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(log + ".new", "w") as f:
    f.write(str(httpd.server_port))
os.rename(log + ".new", log + ".port")
httpd.serve_forever()
EOF

start_server() { # ranges|plain
    stop_server
    rm -f "$work/log" "$work/log.port"
    python3 "$work/serve.py" "$work/served" "$work/log" "$1" 2> /dev/null &
    server=$!
    tries=0
    while [ ! -e "$work/log.port" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "the test server did not start"; exit 99; }
        sleep 0.1
    done
    url=http://127.0.0.1:$(cat "$work/log.port")
}

failures=0
expect() { # DESCRIPTION TEST...
    what=$1
    shift
    if "$@"; then
        echo "ok: $what"
    else
        echo "FAILED: $what"
        failures=$((failures + 1))
    fi
}
run() { # ARGUMENTS: status in $code, output in $work/out and $work/err
    "$fetch" --test-only --mirror "$url" "$work/got" > "$work/out" 2> "$work/err"
    code=$?
}
fresh() {
    rm -rf "$work/served" "$work/got"
    mkdir "$work/served" "$work/got"
    : > "$work/log"
}
is_absent() { [ ! -e "$1" ]; }
one_line() { [ "$(wc -l < "$1")" -eq 1 ]; }

images=t10k-images-idx3-ubyte.gz
labels=t10k-labels-idx1-ubyte.gz

"$fetch" --no-such-option > /dev/null 2>&1
expect "an unknown option is refused with status 2" [ $? -eq 2 ]
"$fetch" --help > "$work/out" 2>&1
expect "--help has status 0" [ $? -eq 0 ]

start_server ranges
fresh
printf 'not the images' > "$work/served/$images"
printf 'not the labels' > "$work/served/$labels"
run
expect "a wrong file has status 1" [ $code -eq 1 ]
expect "a wrong file is reported in one line" one_line "$work/err"
expect "a wrong file is reported by its sum" grep -q 'wrong SHA-256' "$work/err"
expect "a wrong file does not appear" is_absent "$work/got/$images"
expect "a wrong file is not resumed later" is_absent "$work/got/$images.part"

fresh
run
expect "a missing file has status 1" [ $code -eq 1 ]
expect "a missing file does not appear" is_absent "$work/got/$images"

fresh
printf 'the beginning' > "$work/served/$images"
echo 1648877 > "$work/served/$images.claimed"
run
expect "a connection that ends early has status 1" [ $code -eq 1 ]
expect "a connection that ends early leaves no file" is_absent "$work/got/$images"

if [ -f "${MNIST_DIR:-}/$images" ] && [ -f "${MNIST_DIR:-}/$labels" ]; then
    serve_real() { cp "$MNIST_DIR/$images" "$MNIST_DIR/$labels" "$work/served"; }
    right() { cmp -s "$MNIST_DIR/$images" "$work/got/$images" && cmp -s "$MNIST_DIR/$labels" "$work/got/$labels"; }
    size=$(wc -c < "$MNIST_DIR/$images")
    half=$((size / 2))

    fresh
    serve_real
    run
    expect "download has status 0" [ $code -eq 0 ]
    expect "download is right" right
    expect "download leaves no .part" is_absent "$work/got/$images.part"

    : > "$work/log"
    run
    expect "a second run has status 0" [ $code -eq 0 ]
    expect "a second run downloads nothing" [ ! -s "$work/log" ]

    fresh
    serve_real
    head -c $half "$MNIST_DIR/$images" > "$work/got/$images.part"
    run
    expect "resuming has status 0" [ $code -eq 0 ]
    expect "resuming is right" right
    expect "resuming downloads the second half only" grep -q "^$images $((size - half))\$" "$work/log"

    fresh
    serve_real
    head -c $half /dev/zero > "$work/got/$images.part"
    run
    expect "a wrong first half has status 0" [ $code -eq 0 ]
    expect "a wrong first half is replaced" right

    fresh
    serve_real
    head -c $((size + 10)) /dev/zero > "$work/got/$images.part"
    run
    expect "an overlong .part has status 0" [ $code -eq 0 ]
    expect "an overlong .part is replaced" right

    fresh
    serve_real
    printf 'something else' > "$work/got/$images"
    run
    expect "a wrong file that was there has status 0" [ $code -eq 0 ]
    expect "a wrong file that was there is replaced" right
    expect "a wrong file that was there is kept aside" [ -e "$work/got/$images.wrong" ]

    fresh
    serve_real
    head -c $half "$MNIST_DIR/$images" > "$work/served/$images"
    run
    expect "a truncated file has status 1" [ $code -eq 1 ]
    expect "a truncated file does not appear" is_absent "$work/got/$images"

    fresh
    serve_real
    printf 'X' | dd of="$work/served/$images" bs=1 seek=$half conv=notrunc 2> /dev/null
    run
    expect "a corrupted file has status 1" [ $code -eq 1 ]
    expect "a corrupted file does not appear" is_absent "$work/got/$images"

    start_server plain
    fresh
    serve_real
    head -c $half "$MNIST_DIR/$images" > "$work/got/$images.part"
    run
    expect "a server without ranges has status 0" [ $code -eq 0 ]
    expect "a server without ranges gives the right file" right
else
    echo "left out: what needs the real files (MNIST_DIR is not set)"
fi

stop_server
fresh
run
expect "no server has status 1" [ $code -eq 1 ]
expect "no server is reported in one line" one_line "$work/err"
expect "no server is reported as such" grep -q 'could be reached' "$work/err"
expect "no server leaves no file" is_absent "$work/got/$images"

echo "$failures failures"
[ $failures -eq 0 ]
