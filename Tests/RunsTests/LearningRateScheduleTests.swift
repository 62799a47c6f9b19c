import Runs
import Testing

struct LearningRateScheduleTests {
  // By hand: 1 % at the start, the base after the warm-up, 1 % at the end; half way of the cosine
  // 50.5 %.
  @Test func cosine() {
    let schedule = LearningRateSchedule(base: 1, warmUpIterations: 10, shape: .cosine)
    #expect(abs(schedule.rate(at: 0, of: 110) - 0.01) < 1e-12)
    #expect(abs(schedule.rate(at: 5, of: 110) - 0.505) < 1e-12)
    #expect(abs(schedule.rate(at: 10, of: 110) - 1) < 1e-12)
    #expect(abs(schedule.rate(at: 60, of: 110) - 0.505) < 1e-12)
    #expect(abs(schedule.rate(at: 110, of: 110) - 0.01) < 1e-12)
  }

  @Test func multistep() {
    let schedule = LearningRateSchedule(
      base: 1, warmUpIterations: 0, shape: .multistep(milestones: [0.5, 0.75]))
    #expect(schedule.rate(at: 49, of: 100) == 1)
    #expect(abs(schedule.rate(at: 50, of: 100) - 0.1) < 1e-12)
    #expect(abs(schedule.rate(at: 75, of: 100) - 0.01) < 1e-12)
  }
}
