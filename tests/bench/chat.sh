#!/bin/bash
# Command in -> answer out over loopback, beside what a user would write instead (discord.js, grammY) and the floors in C.
# Medians of three runs, in one go. Needs the yardsticks beside the checkout and node with npm; says so where they are not.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
yard=$here/../shared/bench/chat
mia=${MIA:-$here/build/release/mia}
work=$here/build/bench
[ -d "$yard" ] || { echo "chat bench skipped: the yardsticks are not beside this checkout"; exit 0; }
command -v npm >/dev/null || { echo "chat bench skipped: no npm"; exit 0; }
mkdir -p "$work"
cp "$yard"/*.js "$yard"/*.c "$work"
(cd "$work" && { [ -d node_modules/discord.js ] || npm install --silent --no-fund --no-audit ws discord.js grammy >/dev/null; })
for f in discord telegram; do
    [ -x "$work/floor_$f" ] || gcc -O2 "$work/floor_$f.c" -o "$work/floor_$f" $(pkg-config --cflags --libs libcurl libwebsockets libcjson) 2>/dev/null || echo "floor_$f does not build here"
done
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
seq=${SEQ:-2000} total=${TOTAL:-5000}

# The bot under measure: a state of its own, an owner with the id that the stand-in uses.
cat >"$work/start-mia" <<EOF
#!/bin/sh
d=\$(mktemp -d "$work/state-XXXXXX"); cd "\$d"
cat >mia.yaml <<Y
feed: {kind: simulated, speed: 1, symbols: [XAUUSD]}
broker: {kind: paper}
access: {owners: ["discord:400", "telegram:400"]}
discord: {guild_id: "200"}
local: {listen: ""}
log: {level: error}
Y
if [ "\$KIND" = discord ]; then
    export DISCORD_BOT_TOKEN=MTAw.AAAAAA.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb DISCORD_API_BASE=http://127.0.0.1:\$PORT/api
else
    export TELEGRAM_BOT_TOKEN=100:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa TELEGRAM_API_BASE=http://127.0.0.1:\$PORT
fi
exec "$mia" run
EOF
chmod +x "$work/start-mia"

discord() { # NAME program: one at a time, then 50 in flight
    NAME=$1 KIND=discord node "$work/discord.js" "$(port)" "$seq" 50 "${many:-$total}" -- "${@:2}" || true
}
telegram() { NAME=$1 KIND=telegram node "$work/telegram.js" "$(port)" "$seq" 50 "$total" -- "${@:2}" || true; }

for i in 1 2 3; do
    discord discord.js node "$work/bot_discordjs.js"
    COMMAND=status discord mia "$work/start-mia"
    [ ! -x "$work/floor_discord" ] || discord floor "$work/floor_discord"
    telegram grammY node "$work/bot_grammy.js"
    COMMAND=status telegram mia "$work/start-mia"
    [ ! -x "$work/floor_telegram" ] || telegram floor "$work/floor_telegram"
done | tee "$work/chat.txt"
COMMAND=status many=${MANY:-100000} discord mia-many "$work/start-mia" | tee -a "$work/chat.txt"
COMMAND=status IDLE=${IDLE_S:-20} discord mia "$work/start-mia"
IDLE=${IDLE_S:-20} discord discord.js node "$work/bot_discordjs.js"
rm -rf "$work"/state-*
python3 "$here/tests/bench/medians.py" "$work/chat.txt"
