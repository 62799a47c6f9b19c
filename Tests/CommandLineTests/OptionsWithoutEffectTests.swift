import TestSupport
import Testing

struct OptionsWithoutEffectTests {
  private static let mistakes: [(arguments: [String], message: String)] = [
    (
      ["train", "--data", "shapes", "--milestones", "0.5"],
      "--milestones has no effect with --schedule cosine"
    ),
    (
      ["train", "--data", "shapes", "--time", "20m", "--epochs", "60"],
      "--epochs has no effect with --time"
    ),
    (
      ["train", "--data", "shapes", "--time", "20m", "--max-iterations", "60"],
      "--max-iterations has no effect with --time"
    ),
    (
      ["train", "--data", "shapes", "--time", "20"],
      "--time: expected a time, as 20m, 90s, 1.5h or 1h30m, of at most 1000h, found 20"
    ),
    (
      ["train", "--data", "shapes", "--patience", "3", "--validate-every", "0"],
      "--patience has no effect with --validate-every 0"
    ),
    (
      ["train", "--data", "shapes", "--patience", "0"],
      "--patience: expected 1 to 1000000, found 0"
    ),
    (
      ["train", "--resume", "--epochs", "9", "--time", "20m"],
      "--epochs has no effect with --time"
    ),
    (
      ["train", "--resume", "--epochs=9", "--patience=2"],
      "--patience: --resume goes with --output, --epochs, --accept-changed-data, --processes,"
        + " --collective-timeout and --collectives alone; a run"
        + " keeps its own configuration"
    ),
    (
      ["train", "--data", "shapes", "--optimizer", "adamw", "--momentum", "1"],
      "--momentum: expected from 0 to below 1, found 1.0"
    ),
    (
      ["train", "--data", "shapes", "--optimizer", "adamw", "--weight-decay=-1"],
      "--weight-decay: expected 0 or more, and finite as float32, found -1.0"
    ),
    (
      ["train", "--data", "shapes", "--accumulate", "0"],
      "--accumulate: expected 1 to 65536, found 0"
    ),
    (
      [
        "train", "--data", "shapes:images=30,side=32", "--batch-size", "8", "--accumulate", "4",
        "--output", "/no/such/run",
      ],
      "--accumulate: expected at most 3, as many batches of 8 as 30 images make, found 4"
    ),
    (
      ["train", "--data", "shapes", "--prefetch-memory", "512"],
      "--prefetch-memory: expected a size, as 800kB, 500MB, 1.5GB or 512MiB, of at most 1000TB,"
        + " found 512"
    ),
    // 8 · 64 · 64 · 3 values of 4 bytes.
    (
      [
        "train", "--data", "shapes:images=30,side=32", "--batch-size", "8", "--image-size", "64",
        "--prefetch-memory", "393kB", "--output", "/no/such/run",
      ],
      "--prefetch-memory: expected at least 393216 bytes, those of a batch of 8, found 393000"
    ),
    (
      ["train", "--data", "shapes", "--batch-norm", "local"],
      "--batch-norm has no effect with one process"
    ),
    (
      ["train", "--data", "shapes", "--processes", "1", "--collective-timeout", "9s"],
      "--collective-timeout has no effect with one process"
    ),
    (
      ["train", "--data", "shapes", "--processes", "1", "--collectives", "gloo"],
      "--collectives has no effect with one process"
    ),
    (
      ["train", "--data", "shapes", "--processes", "0"],
      "--processes: expected 1 to 65536, found 0"
    ),
    (
      ["train", "--data", "shapes", "--processes", "2", "--collective-timeout", "9"],
      "--collective-timeout: expected a time, as 20m, 90s, 1.5h or 1h30m, of at most 1000h, found 9"
    ),
    (
      ["train", "--data", "shapes", "--freeze", "2"],
      "--freeze goes with --pretrained: random weights would never learn"
    ),
    (
      ["train", "--data", "shapes", "--pretrained", "w.pth", "--freeze", "6"],
      "--freeze: expected 0 to 5, the stages of ssd-compact, found 6"
    ),
    (
      ["train", "--data", "shapes", "--pretrained", "w.pth", "--freeze=-1"],
      "--freeze: expected 0 to 5, the stages of ssd-compact, found -1"
    ),
    (
      ["train", "--data", "shapes", "--schedule", "multistep", "--milestones", "1.5"],
      "--milestones: expected above 0, below 1, found 1.5"
    ),
    (
      ["train", "--data", "shapes", "--mosaic", "0", "--plain-epochs", "0.2"],
      "--plain-epochs has no effect without --mosaic, --mixup or --copy-paste"
    ),
    (
      ["train", "--data", "shapes", "--mosaic", "0.5", "--plain-epochs", "1"],
      "--plain-epochs: expected from 0 to below 1, found 1.0"
    ),
    (
      ["train", "--data", "shapes", "--tiles", "0"], "--tiles: expected 32 to 1000000, found 0"
    ),
    (
      [
        "train", "--data", "shapes:images=30,side=64", "--tiles", "64", "--output", "/no/such/run",
      ],
      "--tiles 64 has no effect: no image of train is larger"
    ),
    (
      ["detect", "--run", "no-run", "--tiles", "0", "--tile-overlap", "0.5", "a.png"],
      "--tile-overlap needs --tiles"
    ),
    (
      ["detect", "--run", "no-run", "--tiles", "31", "a.png"],
      "--tiles: expected 32 to 1000000, found 31"
    ),
    (["train", "--data", "shapes", "--mosaic", "2"], "--mosaic: expected 0…1, found 2.0"),
    (
      ["train", "--data", "shapes", "--output", "/no/such/run", "--split-seed", "1"],
      "--split-seed has no effect: shapes has splits of its own"
    ),
    (["export", "--run", "r", "--format", "onnx", "--raw"], "--raw goes with --format coreml"),
    (
      ["export", "--run", "r", "--format", "coreml", "--decode"], "--decode goes with --format onnx"
    ),
    (
      ["export", "--run", "r", "--format", "coreml", "--batch", "2"],
      "--batch: expected 1 with --format coreml, found 2"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--batch", "0"],
      "--batch: expected 1 to 65536, found 0"
    ),
    (
      ["export", "--run", "r", "--format", "torchvision", "--batch", "1"],
      "--batch goes with --format onnx, coreml or coreai"
    ),
    (
      ["export", "--run", "r", "--format", "coreml", "--output", "d.mlmodel"],
      "--output: expected a name that ends with .mlpackage, found d.mlmodel"
    ),
    (
      ["export", "--run", "r", "--format", "coreai", "--output", "d.mlpackage"],
      "--output: expected a name that ends with .aimodel, found d.mlpackage"
    ),
    (
      ["export", "--run", "r", "--format", "coreai", "--batch", "2"],
      "--batch: expected 1 with --format coreai, found 2"
    ),
    (["export", "--run", "r", "--format", "coreai", "--raw"], "--raw goes with --format coreml"),
    (
      [
        "export", "--run", "r", "--format", "coreai", "--check", "shapes", "--precision",
        "bfloat16",
      ],
      "--precision: expected float32 with --format coreai, whose interpreter computes in no other,"
        + " found bfloat16"
    ),
    (["export", "--run", "r", "--format", "onnx", "--split", "val"], "--split goes with --check"),
    (
      ["export", "--run", "r", "--format", "onnx", "--max-pixels", "9"],
      "--max-pixels goes with --check"
    ),
    (
      ["export", "--run", "r", "--format", "torchvision", "--check", "shapes"],
      "--check goes with --format onnx, coreml or coreai"
    ),
    (
      ["export", "--run", "r", "--format", "coreml", "--check", "shapes", "--tolerance", "1"],
      "--tolerance has no effect with --format coreml, which is not executed here"
    ),
    (
      [
        "export", "--run", "r", "--format", "onnx", "--decode", "--check", "shapes", "--tolerance",
        "1",
      ], "--tolerance has no effect with --decode"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--batch", "2", "--check", "shapes"],
      "--batch: expected 1 with --check, which takes image by image, found 2"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--check", "shapes", "--tolerance", "nan"],
      "--tolerance: expected 0 or more, found nan"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--check", "shapes", "--precision", "float16"],
      "The value 'float16' is invalid for '--precision <name>'"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--precision", "int8"],
      "--precision int8 needs --data, images to measure ranges on"
    ),
    (
      ["export", "--run", "r", "--format", "coreml", "--precision", "int8", "--data", "shapes"],
      "--precision int8 goes with --format onnx"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--data", "shapes"],
      "--data goes with --precision int8"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--calibration-images", "9"],
      "--calibration-images goes with --data"
    ),
    (
      [
        "export", "--run", "r", "--format", "onnx", "--precision", "int8", "--data", "shapes",
        "--calibration-images", "0",
      ], "--calibration-images: expected 1 to 1000000, found 0"
    ),
    (
      ["export", "--run", "r", "--format", "onnx", "--precision", "bfloat16"],
      "--precision goes with --check"
    ),
    (["dataset", "shapes", "--split-seed", "1"], "--split-seed has no effect: shapes"),
    (["dataset", "shapes", "--max-pixels", "9"], "--max-pixels has no effect: shapes are made"),
    (
      ["evaluate", "--ground-truth", "a", "--detections", "b", "--max-pixels", "9"],
      "--max-pixels has no effect with --ground-truth and --detections"
    ),
    (
      ["evaluate", "--ground-truth", "a", "--detections", "b", "--split", "val"],
      "--split has no effect with --ground-truth and --detections"
    ),
    (
      ["evaluate", "--ground-truth", "a", "--detections", "b", "--precision", "float32"],
      "--precision has no effect with --ground-truth and --detections"
    ),
    (
      ["evaluate", "--ground-truth", "a", "--detections", "b", "--device", "cpu"],
      "--device has no effect with --ground-truth and --detections"
    ),
    (
      ["train", "--data", "shapes", "--output", "/no/such/run", "--device", "gpu"],
      "--device: expected cpu, cuda or cuda: and a number, found gpu"
    ),
    (
      ["detect", "--run", "no-run", "--device", "cuda:x", "a.png"],
      "--device: expected cpu, cuda or cuda: and a number, found cuda:x"
    ),
    (
      ["evaluate", "--ground-truth", "a", "--detections", "b", "--batch-size", "2"],
      "--batch-size has no effect with --ground-truth and --detections"
    ),
    (
      ["evaluate", "--ground-truth", "a", "--detections", "b", "--strict"],
      "--strict has no effect with --ground-truth and --detections"
    ),
    (
      ["explain", "--image", "a.png", "--annotation", "a.xml", "--format", "voc"],
      "--format has no effect with --annotation"
    ),
    (
      [
        "explain", "--image", "a", "--data", "shapes", "--model", "ssd300-vgg16", "--image-size",
        "320",
      ],
      "--image-size: expected no value with --model ssd300-vgg16, which has its own, found 320"
    ),
    (
      ["default-boxes", "shapes", "--default-boxes", "ssdlite320", "--image-size", "320"],
      "--image-size has no effect with --default-boxes"
    ),
    (
      [
        "loss", "--predictions", "p", "--targets", "t", "--default-boxes", "d.safetensors",
        "--clip", "all",
      ],
      "--clip has no effect with the default boxes of a file"
    ),
  ]

  @Test(arguments: mistakes)
  func eachIsWrongUsageThatNamesTheOption(arguments: [String], message: String) throws {
    let output = try CommandRunner.run(arguments)
    #expect(output.status == 64)
    #expect(output.err.contains(message), "\(output.err)")
    #expect(output.out.isEmpty)
  }

  // A folder of images that no subfolder divides is what the seed is for.
  @Test func theSplitSeedHasItsEffectWhereThereAreNoSplits() throws {
    try withFolder { folder in
      let exported = try CommandRunner.run([
        "dataset", "shapes:images=16,side=64", "--split", "train", "--export", folder,
      ])
      #expect(exported.status == 0, "\(exported.err)")
      func objects(_ options: [String]) throws -> String {
        let output = try CommandRunner.run(["dataset", folder + "/train", "--json"] + options)
        #expect(output.status == 0, "\(output.err)")
        return output.out
      }
      let usual = try objects([])
      #expect(try objects(["--split-seed", "0"]) == usual)
      #expect(try objects(["--split-seed", "5"]) != usual)
      let divided = try CommandRunner.run(["dataset", folder, "--split-seed", "5"])
      #expect(divided.status == 64)
      #expect(divided.err.contains("--split-seed has no effect: \(folder) has splits of its own"))
    }
  }
}
