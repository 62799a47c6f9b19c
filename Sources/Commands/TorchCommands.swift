import ArgumentParser

/// `multibox train`.
public struct TrainCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "train", abstract: "Train a detector on labelled images.",
      discussion: """
        multibox train --data my-photos --output runs/mine
        multibox train --resume --output runs/mine
        """)
  }

  @OptionGroup var options: TrainOptions

  public init() {}

  public func run() throws { try Engine.train(options) }
}

/// `multibox import`.
public struct ImportCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "import",
      abstract:
        "Rename others' weights to this project's names, for train --pretrained; or run them.",
      discussion: """
        multibox import vgg16.pth --model ssd300-vgg16 --output vgg.safetensors
        multibox train --data photos --model ssd300-vgg16 --pretrained vgg.safetensors
        multibox import ssd300_vgg16_coco.pth --model ssd300-vgg16 --onnx --output coco.onnx
        multibox detect --model coco.onnx photo.jpg --output found
        multibox import ssd.tflite --output coco.safetensors

        Known are torchvision's ssd300_vgg16 and ssdlite320_mobilenet_v3_large; the SSD300 of \
        ssd.pytorch; the SSD300 and SSD512 of lufficc/SSD and of mmdetection; the vgg16-ssd of \
        qfgaohao/pytorch-ssd; and as backbones the ImageNet classifiers mobilenet_v2 and vgg16 of \
        torchvision and EfficientNet-Lite0 of efficientnet-lite-pytorch. Wrapped names (module., \
        model.) are known too. Of TFLite files those of TensorFlow's SSD on MobileNet-v1 are \
        known: 300 pixels, a depth multiplier of 1, .75 or .5, quantised or not.
        """)
  }

  @OptionGroup var options: ImportOptions

  public init() {}

  public func run() throws { try Engine.importWeights(options) }
}

/// `multibox export`.
public struct ExportCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "export", abstract: "Write a trained network for other systems.",
      usage: "multibox export --run <folder> --format <name> [<options>]",
      discussion: """
        multibox export --run runs/mine --format onnx
        multibox export --run runs/mine --format onnx --check my-photos --split val
        multibox export --run runs/mine --format onnx --precision int8 --data my-photos

        --check runs what was written (ONNX with OpenVINO) beside the run's network and compares \
        logits, offsets, AP and AP50; of --decode AP and AP50, with the run's as they are under \
        hard suppression. --precision int8 measures ranges on images of --data and writes \
        detector-int8.onnx, which OpenVINO and ONNX Runtime compute with 8 bits; convolutions that \
        lose too much stay float32, and are named. A Core AI asset is computed by Apple's \
        interpreter, seconds an image; a Core ML package is not executed: its line says so. Past a \
        tolerance the exit status is 1; the file stays.
        """)
  }

  @OptionGroup var options: ExportOptions

  public init() {}

  public func run() throws { try Engine.export(options) }
}
