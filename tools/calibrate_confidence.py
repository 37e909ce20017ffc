"""The probability from which on an answer counts as sure: `sure_from` of a model card.

    resnet-lens classify --top 1 --json --model MODEL photos/ > answers.jsonl
    python3 tools/calibrate_confidence.py answers.jsonl labels.csv [--classes classes.txt]

`labels.csv` has the columns `file` and `wnid`: the name of a photo and the synset of what it shows. `classes.txt` lists the synsets that
the network knows, one per line; without it, it knows all of them.

Two mistakes count the same: a wrong answer called sure, and a right one called not sure. Photos of classes that the network knows weigh as
much, all together, as photos of other classes, whose answers are always wrong. Of the multiples of 0.05 the smallest one is printed whose
mistakes exceed the least number by no more than one photo of a known class.
"""

import argparse
import csv
import json
from pathlib import Path

STEPS = [step / 20 for step in range(20)]


def read(answers, labels, classes):
    """`(is right, probability, is of a known class)` for each photo."""
    synsets = {row["file"]: row["wnid"] for row in csv.DictReader(labels.open())}
    found = []
    for line in answers.open():
        answer = json.loads(line)
        best, synset = answer["predictions"][0], synsets[Path(answer["image"]).name]
        found.append((best["id"] == synset, best["probability"], classes is None or synset in classes))
    return found


def mistakes(photos, threshold):
    """The weighted share of mistakes at a threshold."""
    groups = [group for group in ([p for p in photos if p[2]], [p for p in photos if not p[2]]) if group]
    shares = [sum((probability >= threshold) != right for right, probability, _ in group) / len(group) for group in groups]
    return sum(shares) / len(shares)


def calibrate(photos):
    """The threshold, by the rule above."""
    known = sum(is_known for _, _, is_known in photos)
    one = 1 / known / (1 if known == len(photos) else 2)
    least = min(mistakes(photos, step) for step in STEPS)
    return next(step for step in STEPS if mistakes(photos, step) <= least + one + 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("answers", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--classes", type=Path)
    given = parser.parse_args()
    classes = given.classes and set(given.classes.read_text().split())
    photos = read(given.answers, given.labels, classes)
    for step in STEPS:
        sure = [right for right, probability, _ in photos if probability >= step]
        print(f"{step:.2f}: {sum(sure)} of {len(sure)} sure answers are right, mistakes {mistakes(photos, step):.3f}")
    print(f"sure_from: {calibrate(photos)}")


if __name__ == "__main__":
    main()
