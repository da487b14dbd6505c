#!/usr/bin/env python3
"""Checks that every #include obeys the architecture: which folder may include which folder and which
library. The tables below are docs/architecture.md's, and the only place that enforces them."""
import pathlib
import re
import sys

STD = {"std"}
# Third-party headers by the library they belong to; anything with a slash that is not listed here
# is an error, so that a new dependency is noticed.
LIBRARIES = [
    ("nlohmann/", "json"), ("fmt/", "fmt"), ("spdlog/", "spdlog"), ("openssl/", "openssl"),
    ("boost/asio", "asio"), ("boost/process", "process"), ("boost/", "boost"),
    ("grpc", "grpc"), ("google/protobuf", "protobuf"), ("sqlite3", "sqlite"), ("CLI/", "cli11"),
    ("torch/", "torch"), ("ATen/", "torch"), ("c10/", "torch"), ("simdjson", "simdjson"),
    ("duckdb", "duckdb"), ("xxhash", "xxhash"), ("cairo", "cairo"), ("opencv2/", "opencv"),
    ("jpeglib", "jpeg"), ("jerror", "jpeg"), ("png.h", "png"), ("webp/", "webp"),
    ("gif_lib", "gif"),
    ("sentencepiece", "sentencepiece"), ("cblas", "openblas"), ("catch2/", "catch2"),
    ("sys/", "std"), ("linux/", "std"), ("netinet/", "std"), ("arpa/", "std"),
]

BASE = ["base"]  # base/io is named apart where it is allowed
VALUES = {"fmt", "json"}

# folder -> (our folders it may include, libraries it may include). Longest prefix wins.
LAYERS = {
    "base": (["base"], VALUES | {"openssl"}),
    "base/io": (["base", "base/io"], VALUES | {"spdlog", "process", "asio", "boost", "openssl"}),
    "orchestrator/core": (BASE, VALUES),
    "orchestrator/ports": (BASE + ["orchestrator/core"], VALUES),
    "orchestrator/engine": (BASE + ["orchestrator/core", "orchestrator/ports"], VALUES),
    "orchestrator/wire": (BASE + ["orchestrator/core", "proto"], VALUES | {"protobuf"}),
    "orchestrator/store": (BASE + ["base/io", "orchestrator/core", "orchestrator/ports",
                                   "orchestrator/wire", "proto"],
                           VALUES | {"sqlite", "protobuf"}),
    "orchestrator/executors": (BASE + ["base/io", "orchestrator/core", "orchestrator/ports",
                                       "orchestrator/wire"], VALUES),
    "orchestrator/api": (BASE + ["orchestrator/core", "orchestrator/ports", "orchestrator/engine",
                                 "orchestrator/wire", "proto"], VALUES | {"grpc", "protobuf"}),
    "orchestrator/api/faults": (BASE + ["base/io", "orchestrator/api", "orchestrator/core",
                                        "orchestrator/engine", "orchestrator/wire", "proto"],
                                VALUES | {"grpc", "protobuf"}),
    "orchestrator/web": (BASE, VALUES | {"asio", "boost"}),
    "orchestrator/daemon": (BASE + ["base/io", "orchestrator", "proto"],
                            VALUES | {"grpc", "protobuf", "cli11", "spdlog", "asio", "boost"}),
    "clients": (BASE + ["base/io", "proto", "analyzers", "generators", "pool"],
                VALUES | {"grpc", "protobuf", "cli11"}),
    "analyzers": (BASE, VALUES),
    "pool/sql": (BASE + ["base/io"], VALUES | {"duckdb", "simdjson"}),
    "pool/formats": (BASE + ["base/io", "pool/sql"], VALUES | {"simdjson", "xxhash"}),
    "pool/boxes": (BASE + ["base/io", "pool/sql", "pool/formats"], VALUES | {"simdjson"}),
    "pool/images": (BASE + ["base/io", "pool/sql", "pool/formats", "pool/boxes"], VALUES),
    "pool/text": (BASE + ["base/io", "pool/sql", "pool/formats"], VALUES | {"xxhash"}),
    "pool/dataoptim": (BASE + ["base/io", "pool/sql", "pool/formats", "pool/boxes", "pool/images"],
                     VALUES | {"xxhash"}),
    "pool/index": (BASE + ["base/io", "pool/sql", "pool/formats", "pool/boxes", "pool/images", "pool/text", "pool/dataoptim"],
                 VALUES | {"simdjson", "xxhash"}),
    "pool/select": (BASE + ["base/io", "pool/sql", "pool/formats", "pool/boxes", "pool/images", "pool/text", "pool/dataoptim", "pool/index"],
                  VALUES | {"xxhash"}),
    "pool/export": (BASE + ["base/io", "pool/sql", "pool/formats", "pool/boxes", "pool/images", "pool/text", "pool/dataoptim", "pool/index", "pool/select"],
                  VALUES | {"simdjson"}),
    "pool/training": (BASE + ["base/io", "pool"], VALUES | {"cli11"}),
    "generators": (BASE + ["base/io", "pool", "analyzers"], VALUES | {"cairo"}),
    "workers/runtime": (BASE + ["base/io"], VALUES),
    "workers/images": (BASE + ["base/io", "generators"], VALUES | {"opencv"}),
    "workers/llava": (BASE + ["base/io"], VALUES | {"torch", "sentencepiece", "openblas"}),
    "workers/agent": (BASE + ["base/io", "proto"],
                      VALUES | {"grpc", "protobuf", "cli11", "asio", "boost"}),
    "workers/task": (BASE + ["base/io", "workers", "pool", "analyzers", "generators"], VALUES),
}
for task in ("prepare", "evaluate", "analyze", "generate", "train", "pretrain"):
    LAYERS[f"workers/{task}"] = (
        BASE + ["base/io", "workers/runtime", "workers/images", "workers/llava", "pool",
                "analyzers", "generators"],
        VALUES | ({"torch", "cli11"} if task in ("evaluate", "train", "pretrain") else set())
        | ({"sentencepiece"} if task == "pretrain" else set()))

# Files that may know one more library than their folder.
EXCEPTIONS = {
    "orchestrator/engine/host.h": {"asio", "boost"},
    "orchestrator/engine/host.cc": {"asio", "boost"},
    "pool/images/jpeg_decoder.cc": {"jpeg"},
    "pool/images/png_decoder.cc": {"png"},
    "pool/images/webp_decoder.cc": {"webp"},
    "pool/images/gif_decoder.cc": {"gif"},
}
# No folder name of workers/task may reach the agent; wiring goes the other way.
FORBIDDEN = {"workers/task": ["workers/agent"], "workers": ["orchestrator"]}
BAD_NAMES = re.compile(r"(manager|helper|util|utils|common|misc)\.(h|cc)$")
# What changes a disk goes through base/io/disk_calls.h, where builds with fault points can make it
# fail. ::write is not listed: eventfds, terminals and control groups are written with it too.
DISK_CALLS = re.compile(r"::(fsync|fdatasync|rename|renameat2?|pwrite|pwritev|ftruncate)\(|"
                        r"\bstd::rename\b|filesystem::rename|\bofstream\b|\bfopen\b|write_to_png\(")
DISK_CALLERS = ("base/io/disk_calls.cc", "base/io/faults/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def longest_prefix(path, names):
    found = [n for n in names if path == n or path.startswith(n + "/")]
    return max(found, key=len) if found else None


def owner(include):
    """Our folder that an include belongs to; base/io apart from base, generated protos as proto."""
    if include.startswith("flywheel/v1/"):
        return "proto"
    folder = include.rsplit("/", 1)[0] if "/" in include else ""
    if folder.startswith("base/io"):
        return "base/io"
    if folder.startswith("base"):
        return "base"
    return folder


def library(include):
    for prefix, name in LIBRARIES:
        if include.startswith(prefix):
            return name
    return "std" if "/" not in include else None


def check(root):
    problems = []
    sources = [p for top in ("base", "orchestrator", "clients", "analyzers", "generators", "pool",
                             "workers") for p in sorted((root / top).rglob("*"))
               if p.suffix in (".h", ".cc")]
    for path in sources:
        name = path.relative_to(root).as_posix()
        folder = name.rsplit("/", 1)[0]
        layer = longest_prefix(folder, LAYERS)
        if layer is None:
            problems.append(f"{name}: no layer is defined for this folder")
            continue
        ours, libraries = LAYERS[layer]
        if BAD_NAMES.search(name):
            problems.append(f"{name}: a file name that does not say what the file is for")
        text = path.read_text().splitlines()
        if path.suffix == ".h" and "#pragma once" not in text:
            problems.append(f"{name}: no #pragma once")
        if len(text) > 500:
            problems.append(f"{name}: {len(text)} lines, the limit is 500")
        for number, line in enumerate(text, 1):
            if DISK_CALLS.search(line) and not name.startswith(DISK_CALLERS):
                problems.append(f"{name}:{number}: changes the disk past base/io/disk_calls.h")
            match = INCLUDE.match(line)
            if not match:
                continue
            include = match.group(2)
            where = f"{name}:{number}: includes {include}"
            if match.group(1) == '"':
                target = owner(include)
                allowed = ours + ([layer] if layer not in ours else [])
                reach = longest_prefix(target, allowed)
                if target == "base/io" and "base/io" not in allowed:
                    reach = None
                if reach is None:
                    problems.append(f"{where}: {layer} may not include {target or 'it'}")
                for side, targets in FORBIDDEN.items():
                    if folder.startswith(side) and any(target.startswith(t) for t in targets):
                        problems.append(f"{where}: {side} must never see {target}")
                if not (root / include).exists() and target != "proto":
                    problems.append(f"{where}: no such file")
            else:
                lib = library(include)
                if lib is None:
                    problems.append(f"{where}: an unknown library, list it in check_layers.py")
                elif lib not in STD | libraries | EXCEPTIONS.get(name, set()):
                    problems.append(f"{where}: {layer} must not know {lib}")
    return len(sources), problems


def main():
    root = pathlib.Path(sys.argv[1])
    count, problems = check(root)
    for problem in problems:
        print(problem)
    print(f"{count} files, {len(problems)} arrows against the architecture")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
