#!/usr/bin/env python3
"""How fast the pool is, as whole processes, beside the algorithm of DataOptim's own script in Python on
the same files in the same run. Prints one JSON line a figure.
  tests/bench/pool_bench.py FLYWHEEL FOLDER [--samples 11258372]
FOLDER needs 20 GB; what is in it already is used again."""
import argparse
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys

# DataOptim's get_subset_from_ids.py in its essence, written anew: every file wholly into dictionaries.
PEER_LOAD = """
import json, sys
records = json.load(open(sys.argv[1]))
by_id = {record['id']: record for record in records}
print(len(by_id))
"""
PEER_SUBSET = """
import json, os, sys
folder, ids, out = sys.argv[1:4]
data = {}
for name in os.listdir(folder):
    data[name.split('.')[0]] = {r['id']: r for r in json.load(open(os.path.join(folder, name)))}
chosen = []
for line in open(ids):
    name = line.strip()
    chosen.append(data[name.split('_')[0]][name])
json.dump(chosen, open(out, 'w'), indent=4)
"""


# Starts a process from a small one: the peak that the kernel reports begins with that of who forked.
RUNNER = """
import json, os, subprocess, sys, time
begin = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps({'exit': os.waitstatus_to_exitcode(status), 'seconds': time.monotonic() - begin,
                  'cpu': usage.ru_utime + usage.ru_stime, 'peak_kib': usage.ru_maxrss}))
"""


def run(command):
    """Seconds, CPU seconds and peak resident MiB of a process, mapped pages included."""
    done = subprocess.run([sys.executable, "-c", RUNNER] + command, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    if figures["exit"] != 0:
        sys.exit(f"{command}: exit {figures['exit']}: {done.stderr[-2000:]}")
    return {"seconds": round(figures["seconds"], 2), "cpu_s": round(figures["cpu"], 2),
            "peak_mib": round(figures["peak_kib"] / 1024)}


def show(bench, **figures):
    print(json.dumps({"bench": bench, **figures}), flush=True)


def forget(paths):
    """Drops clean pages of these files from the page cache: what comes next is cold."""
    os.sync()
    for path in paths:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def remember(paths):
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass


def files_below(folder):
    return [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]


def ids_of(path):
    with open(path, "rb") as file:
        return re.findall(rb'"id":\s*"([^"]+)"', file.read())


def one_file(data, out):
    """The arrays of a folder as one array, still in LLaVA's form."""
    with open(out, "w") as file:
        first = True
        for path in sorted(glob.glob(data + "/*.json")):
            for record in json.load(open(path)):
                file.write("[\n" if first else ",\n")
                json.dump(record, file)
                first = False
        file.write("\n]\n")


def bench_one_file(flywheel, folder):
    data, path, pool = folder + "/1m", folder + "/1m.json", folder + "/1m-pool"
    if not os.path.exists(path):
        run([flywheel, "pool", "synthesize", "--samples", "1000000", "--out", data])
        one_file(data + "/data", path)
    remember([path])
    shutil.rmtree(pool, ignore_errors=True)
    ours = run([flywheel, "pool", "import", path, "--pool", pool])
    peer = run([sys.executable, "-c", PEER_LOAD, path])
    show("import of one file", samples=1000000, bytes=os.path.getsize(path), **ours, peer=peer,
         times_faster=round(peer["seconds"] / ours["seconds"], 1))
    # The peer's own files and ids that it can find.
    known = [i for name in ("vqav2", "gqa", "dvqa", "coco") for i in ids_of(f"{data}/data/{name}.json")]
    random.Random(1).shuffle(known)
    with open(folder + "/1m-ids.txt", "wb") as file:
        file.write(b"\n".join(known[:100000]) + b"\n")
    shutil.rmtree(pool, ignore_errors=True)
    run([flywheel, "pool", "import", data, "--pool", pool])
    ours = run([flywheel, "pool", "export", "--pool", pool, "--ids", folder + "/1m-ids.txt",
                "--like-dataoptim", "--out", folder + "/ours.json"])
    peer = run([sys.executable, "-c", PEER_SUBSET, data + "/data", folder + "/1m-ids.txt",
                folder + "/peer.json"])
    same = open(folder + "/ours.json", "rb").read() == open(folder + "/peer.json", "rb").read()
    show("export of 100,000 ids of 1 M, bytes equal to the script's" if same else "BYTES DIFFER",
         **ours, peer=peer, times_faster=round(peer["seconds"] / ours["seconds"], 1))


def bench_full(flywheel, folder, samples):
    data, pool = folder + "/full", folder + "/full-pool"
    if not os.path.exists(data + "/synthetic.json"):
        show("synthesize", samples=samples,
             **run([flywheel, "pool", "synthesize", "--samples", str(samples), "--out", data]))
    sources = files_below(data + "/data")
    size = sum(os.path.getsize(path) for path in sources)
    for state, prepare in (("cold", forget), ("page cache", remember)):
        shutil.rmtree(pool, ignore_errors=True)
        prepare(sources)
        show("import", files=state, samples=samples, bytes=size,
             **run([flywheel, "pool", "import", data, "--pool", pool]))
    for what in ("tag", "signatures"):
        figures = run([flywheel, "pool", what, "--pool", pool])
        show(what, samples=samples, samples_per_s=round(samples / figures["seconds"]), **figures)
    with open(folder + "/one.txt", "wb") as file:
        file.write(ids_of(data + "/data/okvqa.json")[0] + b"\n")
    show("open and select one id", **run([flywheel, "pool", "select", "--pool", pool, "--ids",
                                          folder + "/one.txt", "--out", folder + "/one"]))
    chosen = []
    for path in sorted(sources):
        known = ids_of(path)
        share = max(1, round(len(known) * 100000 / samples))
        chosen += random.Random(2).sample(known, share)
    random.Random(3).shuffle(chosen)
    with open(folder + "/ids.txt", "wb") as file:
        file.write(b"\n".join(chosen[:100000]) + b"\n")
    select = [flywheel, "pool", "select", "--pool", pool, "--ids", folder + "/ids.txt", "--out",
              folder + "/selected"]
    for state, prepare in (("cold", forget), ("page cache", remember)):
        prepare(sources + files_below(pool))
        show("select 100,000 ids and write LLaVA JSON", files=state, **run(select))
    with open(folder + "/weights.json", "w") as file:
        json.dump({str(t): 1 + t % 3 for t in range(1, 10)}, file)
    weighted = [flywheel, "pool", "select", "--pool", pool, "--weights", folder + "/weights.json",
                "--count", "100000", "--out", folder + "/weighted"]
    show("select 100,000 by weights of types and write LLaVA JSON", **run(weighted))
    show("the same without near-duplicates", **run(weighted + ["--no-near-duplicates"]))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("flywheel")
    arguments.add_argument("folder")
    arguments.add_argument("--samples", type=int, default=11258372)
    given = arguments.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    bench_one_file(os.path.abspath(given.flywheel), given.folder)
    bench_full(os.path.abspath(given.flywheel), given.folder, given.samples)


if __name__ == "__main__":
    main()
