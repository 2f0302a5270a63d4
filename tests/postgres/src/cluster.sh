# Makes a cluster in FOLDER and starts it; ends it and removes the folder when the standard input ends, which it does with
# the process that holds its other end, however that ends.
#
#   sh -c CLUSTER sh PROGRAMS FOLDER FSYNC
set -eu
programs="$1" folder="$2" fsync="$3"
cd "$folder"
"$programs/initdb" --pgdata=data --username=accueil --auth=trust --encoding=UTF8 --locale=C --no-sync --no-instructions >log 2>&1
# WAL is flushed and written in full only where durability is what is measured.
"$programs/pg_ctl" --pgdata=data --log=log --silent --wait \
    --options="-k '$folder' -c listen_addresses='' -c fsync=$fsync -c full_page_writes=$fsync -c max_connections=1000" start >>log 2>&1
echo ready
cat >/dev/null
"$programs/pg_ctl" --pgdata=data --silent --mode=immediate stop >>log 2>&1 || true
cd /
rm -rf "$folder"
