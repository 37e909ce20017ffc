"""Make www/assets/imagenet-1k.json: what ImageNet's 1000 classes are called, in index order, a line a class.

Synset ids come from Keras' class index, English names from torchvision. The Korean names were written for this
project: the file itself is where they are kept and corrected, and they stay as they are. They follow the
synset's definition in WordNet 3.0. Where the class's photos show another sense of its English word ("pier",
"pinwheel"), they follow the photos, unless two classes would then have one name ("sunglass", "maillot").

Needs: pip install torchvision; imagenet_class_index.json as keras.applications.imagenet_utils downloads it
Run:   python tools/make_imagenet_labels.py imagenet_class_index.json
"""

import json
import sys
from pathlib import Path

from torchvision.models._meta import _IMAGENET_CATEGORIES

LABELS = Path(__file__).parent.parent / "www" / "models" / "imagenet-1k.json"


def main():
    index = json.loads(Path(sys.argv[1]).read_text())
    synsets = [index[str(i)][0] for i in range(len(index))]
    korean = {entry["id"]: entry["ko"] for entry in json.loads(LABELS.read_text())}
    entries = [
        {"id": synset, "en": english, "ko": korean[synset]}
        for synset, english in zip(synsets, _IMAGENET_CATEGORIES, strict=True)
    ]
    lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries]
    LABELS.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
