import Foundation
import ModelFiles
import Runs
import TestSupport
import Testing

extension TrainCommandTests {
  /// `multibox train` in several processes.
  @Suite struct ProcessesCommandTests {
    private static func arguments(_ run: String, epochs: Int = 3) -> [String] {
      [
        "train", "--data", "shapes:images=24,side=64,seed=2", "--output", run, "--image-size", "64",
        "--epochs", "\(epochs)", "--batch-size", "4", "--validate-every", "2", "--threads", "1",
        "--warm-up", "5", "--precision", "float32", "--learning-rate", "0.002", "--seed", "9",
      ]
    }

    private static func wait(until condition: () throws -> Bool) rethrows -> Bool {
      let end = Date().addingTimeInterval(120)
      while Date() < end {
        if try condition() { return true }
        usleep(20_000)
      }
      return false
    }

    private typealias Started = (process: Process, files: (out: String, err: String))

    /// Starts a run that ends when somebody ends it, and waits until it has learnt something.
    private static func startLong(_ run: String, _ options: [String]) throws -> Started {
      let started = try CommandRunner.start(
        CommandRunner.multibox, arguments(run, epochs: 10_000) + options)
      let hasBegun = wait { FileManager.default.fileExists(atPath: run + "/metrics.jsonl") }
      #expect(hasBegun)
      return started
    }

    /// The processes that a process has started.
    private static func children(of parent: Int32) throws -> [Int32] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter {
        guard let status = try? String(contentsOfFile: "/proc/\($0)/status", encoding: .utf8)
        else { return false }
        return status.contains("\nPPid:\t\(parent)\n")
      }
    }

    private static func weights(_ run: String) throws -> [String: [Float]] {
      try Safetensors(contentsOf: run + "/checkpoint.safetensors").arrays.filter {
        $0.key.hasPrefix("weights.")
      }.mapValues { try $0.floats() }
    }

    private static func firstEpoch(_ run: String) throws -> TrainingMetrics? {
      for case .training(let metrics) in try RunFolder(path: run).metrics() { return metrics }
      return nil
    }

    // Only the first one says what there is to say, and its children leave nothing behind.
    @Test func twoProcessesTrainAsOne() throws {
      try withFolder { folder in
        let runs = [("one", []), ("two", ["--processes", "2"]), ("again", ["--processes=2"])]
        for (name, options) in runs {
          let run = "\(folder)/\(name)"
          let output = try CommandRunner.run(Self.arguments(run) + options)
          #expect(
            output.status == 0 && output.out == run + "/weights.safetensors\n", "\(output.err)")
          #expect(!output.err.contains("rank 1"), "\(output.err)")
          #expect(output.err.split(separator: "\n").count { $0.hasPrefix("precision") } == 1)
        }
        // `ssd-compact` makes much of every rounding: later epochs differ more, as they do with
        // another number of threads.
        let (first, other) = (
          try #require(try Self.firstEpoch(folder + "/one")),
          try #require(try Self.firstEpoch(folder + "/two"))
        )
        #expect(first.positivesPerImage == other.positivesPerImage)
        #expect(abs(first.loss - other.loss) < 1e-4 * first.loss)
        let (two, again) = (
          try Self.weights(folder + "/two"), try Self.weights(folder + "/again")
        )
        #expect(two == again)
      }
    }

    @Test func aSignalStopsAllAndAnotherNumberGoesOn() throws {
      try withFolder { folder in
        let run = folder + "/run"
        let started = try Self.startLong(run, ["--processes", "2"])
        let children = try Self.children(of: started.process.processIdentifier)
        #expect(children.count == 1)
        kill(started.process.processIdentifier, SIGTERM)
        let output = CommandRunner.finish(started)
        #expect(output.status == 128 + SIGTERM && !output.isSignalled, "\(output.err)")
        #expect(
          output.err.contains(
            "all saved; go on with: multibox train --resume --output \(run)"), "\(output.err)")
        #expect(children.allSatisfy { kill($0, 0) != 0 })
        let resumed = try CommandRunner.start(
          CommandRunner.multibox, ["train", "--resume", "--output", run, "--processes", "3"])
        let hasResumed = Self.wait {
          (FileManager.default.contents(atPath: resumed.files.err).map {
            String(decoding: $0, as: UTF8.self).contains("resumed after step")
          }) ?? false
        }
        #expect(hasResumed)
        kill(resumed.process.processIdentifier, SIGINT)
        let end = CommandRunner.finish(resumed)
        #expect(end.status == 128 + SIGINT, "\(end.err)")
      }
    }

    // A stopped process is missed after the time that it has, a killed one at once.
    @Test(arguments: [SIGKILL, SIGSTOP])
    func aLostProcessEndsTheTrainingInOneLine(signal: Int32) throws {
      try withFolder { folder in
        let run = folder + "/run"
        let started = try Self.startLong(run, ["--processes", "3", "--collective-timeout", "3s"])
        let children = try Self.children(of: started.process.processIdentifier)
        #expect(children.count == 2)
        let lost = try #require(children.last)
        kill(lost, signal)
        let output = CommandRunner.finish(started)
        #expect(output.status == 1 && !output.isSignalled, "\(output.err)")
        let lines = output.err.split(separator: "\n").filter { $0.hasPrefix("multibox: ") }
        #expect(lines.count == 1, "\(output.err)")
        let line = try #require(lines.last)
        #expect(
          line.contains(" is missing") && (line.contains("rank 1") || line.contains("rank 2")))
        #expect(
          line.hasSuffix("; the run goes on with: multibox train --resume --output \(run)"),
          "\(line)")
        // Nobody is left, also not the one that was stopped.
        #expect(children.allSatisfy { kill($0, 0) != 0 })
        let saved = try Self.weights(run)
        #expect(saved.count > 50)
      }
    }

    @Test func aMistakeOfOneProcessIsToldWithItsNumber() throws {
      try withFolder { folder in
        let run = folder + "/run"
        let output = try CommandRunner.run(
          Self.arguments(run) + ["--processes", "5"])
        #expect(output.status == 64)
        #expect(
          output.err.contains(
            "--batch-size: expected at least 5 images, one for each process, found 4"),
          "\(output.err)")
        #expect(output.err.contains("rank 4: "), "\(output.err)")
        #expect(!FileManager.default.fileExists(atPath: run))
      }
    }

    // No data is read before, nor is another process started.
    @Test func ncclThatIsNotThereIsToldAtOnce() throws {
      try withFolder { folder in
        let output = try CommandRunner.run([
          "train", "--data", folder + "/none", "--output", folder + "/run", "--processes", "2",
          "--collectives", "nccl",
        ])
        #expect(output.status == 1)
        // A build that has NCCL comes to the data.
        if output.err.contains("/none") { return }
        #expect(
          output.err
            == "multibox: NCCL: expected a build with it, by LIBTORCH_CUDA naming the folders of CUDA"
            + " and NCCL\n")
      }
    }

    private static func freePort() throws -> Int {
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let port = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        } ? Int(UInt16(bigEndian: pointer.pointee.sin_port)) : nil
      }
      return try #require(port)
    }

    /// Starts processes as torchrun does.
    private static func startRanks(
      _ count: Int, _ arguments: [String], restarts: Int
    ) throws -> [Started] {
      let port = try freePort()
      return try (0..<count).map { rank in
        try CommandRunner.start(
          CommandRunner.multibox, arguments,
          environment: [
            "RANK": "\(rank)", "LOCAL_RANK": "\(rank)", "WORLD_SIZE": "\(count)",
            "LOCAL_WORLD_SIZE": "\(count)", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
            "TORCHELASTIC_RESTART_COUNT": "\(restarts)", "GLOO_SOCKET_IFNAME": "lo",
          ])
      }
    }

    // As torchrun --max-restarts does: the first one is lost, and all are started anew.
    @Test func processesThatAreStartedAnewGoOn() throws {
      try withFolder { folder in
        let run = folder + "/run"
        let long =
          Self.arguments(run, epochs: 10_000) + ["--collective-timeout", "3s"]
        let first = try Self.startRanks(2, long, restarts: 0)
        #expect(Self.wait { FileManager.default.fileExists(atPath: run + "/metrics.jsonl") })
        kill(first[0].process.processIdentifier, SIGKILL)
        #expect(CommandRunner.finish(first[0]).isSignalled)
        let left = CommandRunner.finish(first[1])
        #expect(left.status == 1, "\(left.err)")
        let lines = left.err.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("rank 1: multibox: "), "\(left.err)")
        #expect(lines.first?.contains("rank 0") == true, "\(left.err)")
        #expect(
          lines.first?.hasSuffix("goes on with: multibox train --resume --output \(run)") == true)

        let again = try Self.startRanks(2, long, restarts: 1)
        let hasResumed = Self.wait {
          (FileManager.default.contents(atPath: again[0].files.err).map {
            String(decoding: $0, as: UTF8.self).contains("resumed after step")
          }) ?? false
        }
        #expect(hasResumed)
        for started in again { kill(started.process.processIdentifier, SIGTERM) }
        let outputs = again.map(CommandRunner.finish)
        #expect(outputs.map(\.status) == [128 + SIGTERM, 128 + SIGTERM], "\(outputs[0].err)")
        #expect(
          outputs[0].err.contains("\(run): the processes were started anew, and go on with the run")
        )
        #expect(outputs[1].err.isEmpty, "\(outputs[1].err)")
      }
    }

    private static let hasNamespaces: Bool = {
      let test = "ip link add name cable0 type veth peer name cable1 && ip netns add other"
      let script = "mount -t tmpfs none /run && mkdir -p /run/netns && \(test)"
      let output = try? CommandRunner.run(
        ["--user", "--map-root-user", "--net", "--mount", "sh", "-c", script],
        executable: "/usr/bin/unshare")
      return output?.status == 0
    }()

    // Two machines by two network namespaces, whose cable is pulled while they train.
    @Test(
      .enabled(if: hasNamespaces, "unshare and ip netns may make no network namespaces here"))
    func processesThatAreCutOffEndBoth() throws {
      try withFolder { folder in
        let run = folder + "/run"
        let train =
          ([
            "env", "WORLD_SIZE=2", "MASTER_ADDR=10.9.8.1", "MASTER_PORT=29400",
            CommandRunner.multibox,
          ]
          + Self.arguments(run, epochs: 10_000) + ["--collective-timeout", "3s"]).map { "'\($0)'" }
          .joined(separator: " ")
        let script = """
          set -e
          mount -t tmpfs none /run && mkdir -p /run/netns && ip netns add other
          ip link add name cable0 type veth peer name cable1 netns other
          ip addr add 10.9.8.1/24 dev cable0 && ip link set dev cable0 up && ip link set dev lo up
          ip -n other addr add 10.9.8.2/24 dev cable1 && ip -n other link set dev cable1 up
          ip -n other link set dev lo up
          RANK=0 GLOO_SOCKET_IFNAME=cable0 \(train) & first=$!
          RANK=1 GLOO_SOCKET_IFNAME=cable1 ip netns exec other \(train) & second=$!
          for i in $(seq 1200); do [ -e '\(run)/metrics.jsonl' ] && break; sleep .1; done
          ip -n other link set dev cable1 down
          set +e
          wait $first; echo "first $?"
          wait $second; echo "second $?"
          """
        let output = try CommandRunner.run(
          ["--user", "--map-root-user", "--net", "--mount", "sh", "-c", script],
          executable: "/usr/bin/unshare")
        #expect(output.out == "first 1\nsecond 1\n", "\(output.out)\(output.err)")
        let lines = output.err.split(separator: "\n")
        let first = lines.filter { $0.hasPrefix("multibox: ") }
        let second = lines.filter { $0.hasPrefix("rank 1: multibox: ") }
        #expect(first.count == 1 && second.count == 1, "\(output.err)")
        #expect(first.first?.contains("rank 1 is missing") == true, "\(output.err)")
        #expect(second.first?.contains("rank 0") == true, "\(output.err)")
        for line in first + second {
          #expect(
            line.hasSuffix("goes on with: multibox train --resume --output \(run)"), "\(line)")
        }
      }
    }
  }
}
