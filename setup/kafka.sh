#!/bin/sh
# Fetches the broker that tests and the demo over Kafka run against, once, into a folder outside of the repository:
# $SACCADE_CACHE, else ~/.cache/saccade. Prints the folder of its jars. Needs packages_kafka of setup/packages.sh.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
version=4.1.1
cache=${SACCADE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/saccade}
jars=$cache/kafka-$version
if [ ! -e "$jars/complete" ]; then
  for tool in java mvn; do
    command -v $tool >/dev/null 2>&1 || {
      echo "setup/kafka.sh: $tool is missing: apt-get install -y openjdk-17-jre-headless maven" >&2
      exit 1
    }
  done
  mkdir -p "$cache"
  # Two tests may want it at once: the second waits and finds it there.
  (
    flock 9
    [ -e "$jars/complete" ] || {
      mvn -q -B --strict-checksums -f "$root/test/kafka/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DoutputDirectory="$jars" -DincludeScope=runtime >&2
      touch "$jars/complete"
    }
  ) 9>"$cache/kafka.lock"
fi
printf '%s\n' "$jars"
