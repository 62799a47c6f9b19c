import Foundation
import Testing

@testable import MultiBox

@Suite struct AvailableProcessorsTests {
  @Test(
    arguments: [
      // Root's quota is none: it has no such file.
      ("/", ["": "max 100000\n"], nil),
      ("/", ["": "150000 100000\n"], 2),
      ("/", ["": "200000 100000\n"], 2),
      ("/", ["": "5000 100000\n"], 1),
      // The least of its own and of those around it.
      ("/pod/box", ["pod/box/": "max 100000\n", "pod/": "300000 100000\n"], 3),
      ("/pod/box", ["pod/box/": "100000 100000\n", "pod/": "300000 100000\n"], 1),
      // A container that is told its path on the host and sees its own group as the root.
      ("/docker/3f2a", ["": "400000 100000\n"], 4),
      ("/", ["": "many 100000\n"], nil),
      ("/", ["": "100000 0\n"], nil),
      ("/", ["": "\n"], nil),
      ("/", [:], nil),
    ] as [(String, [String: String], Int?)])
  func quotasOfTime(path: String, files: [String: String], expected: Int?) throws {
    let group = try #require(ControlGroup.groups(lines: "1:name=systemd:/x\n0::\(path)\n").first)
    let root = "/sys/fs/cgroup/"
    let found = group.processorCount { file in
      file.hasPrefix(root) && file.hasSuffix("cpu.max")
        ? files[String(file.dropFirst(root.count).dropLast("cpu.max".count))] : nil
    }
    #expect(found == expected)
  }

  @Test(
    arguments: [
      ("-1\n", "100000\n", nil), ("150000\n", "100000\n", 2), ("5000\n", "100000\n", 1),
      ("100000\n", nil, nil), (nil, "100000\n", nil), ("100000\n", "0\n", nil),
    ] as [(String?, String?, Int?)])
  func quotasOfTheFirstVersion(quota: String?, period: String?, expected: Int?) {
    let group = ControlGroup(version: .one, path: "/docker/3f2a")
    let folder = "/sys/fs/cgroup/cpu/docker/3f2a/"
    var files: [String: String] = [:]
    files[folder + "cpu.cfs_quota_us"] = quota
    files[folder + "cpu.cfs_period_us"] = period
    #expect(group.processorCount { files[$0] } == expected)
  }

  @Test func groupsOfBothVersionsAreRead() {
    let lines = "12:cpuset:/a\n4:cpu,cpuacct:/b:c\n1:name=systemd:/d\n0::/e\nnoise\n0::\n"
    #expect(
      ControlGroup.groups(lines: lines) == [
        ControlGroup(version: .one, path: "/b:c"), ControlGroup(version: .two, path: "/e"),
      ])
    #expect(ControlGroup.groups(lines: "") == [])
  }

  @Test(
    arguments: [
      ([:], false), (["OMP_PROC_BIND": "FALSE"], false), (["OMP_PROC_BIND": "close"], true),
      (["OMP_PLACES": "cores"], true), (["GOMP_CPU_AFFINITY": "0-1"], true),
      // GOMP goes by it alone where it is set.
      (["OMP_PROC_BIND": "false", "OMP_PLACES": "cores"], false),
    ] as [([String: String], Bool)])
  func whatBindsThreads(environment: [String: String], binds: Bool) {
    #expect(AvailableProcessors.bindsThreads { environment[$0] } == binds)
  }

  @Test(
    arguments: [
      ("Name:\ta\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2),
      ("Cpus_allowed:\t2\n", 1),
      ("Cpus_allowed:\tff,ffffffff\n", 40),
      ("Cpus_allowed:\t00000000,00000010\n", 1),
      ("Cpus_allowed:\t0\n", nil),
      ("Cpus_allowed_list:\t0-1\n", nil),
      ("", nil),
    ] as [(String, Int?)])
  func processorsThatTheSchedulerAllows(status: String, expected: Int?) {
    #expect(AvailableProcessors.allowedCount(status: status) == expected)
  }

  #if os(Linux)
    /// A process that util-linux's `taskset` lets run on one processor tells of one.
    @Test func whatTheKernelSaysOfABoundProcess() throws {
      let bound = Process()
      let output = Pipe()
      bound.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      // On the first that this process may use itself.
      let own = try #require(KernelText.read("/proc/thread-self/status"))
      let key = "Cpus_allowed_list:\t"
      let list = try #require(own.split(separator: "\n").first { $0.hasPrefix(key) })
      let first = list.dropFirst(key.count).prefix { $0.isNumber }
      bound.arguments = ["taskset", "--cpu-list", String(first), "cat", "/proc/self/status"]
      bound.standardOutput = output
      try bound.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      bound.waitUntilExit()
      let status = String(decoding: data, as: UTF8.self)
      #expect(AvailableProcessors.allowedCount(status: status) == 1)
      #expect(AvailableProcessors.count >= 1)
    }
  #endif
}
