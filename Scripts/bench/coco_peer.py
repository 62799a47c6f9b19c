"""What a peer does with COCO's files: coco_peer.py LIBRARY GROUND-TRUTH [DETECTIONS].

Prints COCO's twelve measures as JSON; of ground truth alone the number of annotations.
"""

import contextlib
import io
import json
import sys

library, truth, *detections = sys.argv[1:]
with contextlib.redirect_stdout(io.StringIO()):
    if library == "hotcoco":
        from hotcoco import COCO, COCOeval
    elif library == "faster-coco-eval":
        from faster_coco_eval import COCO
        from faster_coco_eval import COCOeval_faster as COCOeval
    else:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    images = COCO(truth)
    if detections:
        load = images.load_res if library == "hotcoco" else images.loadRes
        evaluation = COCOeval(images, load(detections[0]), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
print(json.dumps([float(x) for x in evaluation.stats[:12]] if detections else [len(images.getAnnIds())]))
