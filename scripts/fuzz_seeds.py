#!/usr/bin/env python3
"""Cuts real data into small inputs for the fuzz targets: fuzz_seeds.py REALDATA SEEDS."""
import json
import pathlib
import sys

LARGEST = 8000
RECORDS = 20

data, seeds = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def write(target, name, value):
    text = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    if len(text) <= LARGEST:
        folder = seeds / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)


for path in sorted(data.rglob("*.json")):
    if path.parent.name not in ("lmms_finetune_examples", "llama_factory_mllm_demo", "dataoptim",
                                "mllm_dataengine"):
        continue
    records = json.loads(path.read_text())
    if not isinstance(records, list):
        continue
    for i, record in enumerate(records[:RECORDS]):
        write("record", f"{path.stem}-{i}", record)
        write("rows", f"{path.stem}-{i}", record)
    write("json_records", path.stem, records[:2])
    write("blocks", path.stem, records[:3])
    write("blocks", path.stem + "-lines", b"".join(json.dumps(r).encode() + b"\n" for r in records[:3]))

captions = data / "coco/captions.json"
if captions.exists():
    whole = json.loads(captions.read_text())
    some = whole["annotations"][:4]
    images = {one["image_id"] for one in some}
    write("native", "coco", {"info": whole["info"], "annotations": some,
                             "images": [one for one in whole["images"] if one["id"] in images]})
for path in sorted((data / "parquet").glob("*.parquet")):
    write("parquet", path.name, path.read_bytes())
