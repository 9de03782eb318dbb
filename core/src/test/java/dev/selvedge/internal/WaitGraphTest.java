package dev.selvedge.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class WaitGraphTest {
  private final WaitGraph<String> graph = new WaitGraph<>();

  @Test
  void findsACircleAndBeginsWithWhoWasAddedFirst() {
    graph.waitsForAll("b", List.of("c"));
    graph.waitsForAll("a", List.of("b"));
    graph.waitsForAll("c", List.of("a"));
    assertEquals(List.of(List.of("b", "c", "a")), graph.circles());
  }

  @Test
  void whoWaitsBehindACircleIsStuckButNotInIt() {
    graph.waitsForAll("behind", List.of("a"));
    graph.waitsForAll("a", List.of("b"));
    graph.waitsForAll("b", List.of("a"));
    assertEquals(List.of(List.of("a", "b")), graph.circles());
    assertEquals(Set.of("behind", "a", "b"), graph.stuck());
  }

  @Test
  void aChainThatEndsAtSomebodyWhoRunsIsNotStuck() {
    graph.waitsForAll("a", List.of("b"));
    graph.waitsForAll("b", List.of("running"));
    assertEquals(Set.of(), graph.stuck());
    assertEquals(List.of(), graph.circles());
  }

  @Test
  void whoWaitsForNobodyInParticularMayBeWoken() {
    graph.waitsForAll("a", List.of("b"));
    graph.waitsForAll("b", List.of());
    assertEquals(Set.of(), graph.stuck());
  }

  @Test
  void aWaitForAllIsStuckWithOneOfThem() {
    graph.waitsForAll("owner", List.of("running", "a"));
    graph.waitsForAll("a", List.of("owner"));
    assertEquals(List.of(List.of("owner", "a")), graph.circles());
  }

  @Test
  void aWaitForAnyGoesOnWithOneOfThem() {
    graph.waitsForAny("a", List.of("b", "running"));
    graph.waitsForAll("b", List.of("a"));
    assertEquals(List.of(), graph.circles());
  }

  @Test
  void aWaitForAnyIsStuckWithAllOfThem() {
    graph.waitsForAny("a", List.of("b", "c"));
    graph.waitsForAll("b", List.of("a"));
    graph.waitsForAll("c", List.of("a"));
    assertEquals(List.of(List.of("a", "b")), graph.circles());
    assertEquals(Set.of("a", "b", "c"), graph.stuck());
  }

  @Test
  void aWaitForAnyGoesOnWhenOneOfThemDoesInTheEnd() {
    graph.waitsForAny("a", List.of("b", "c"));
    graph.waitsForAll("b", List.of("a"));
    graph.waitsForAll("c", List.of("d"));
    graph.waitsForAll("d", List.of("running"));
    assertEquals(Set.of(), graph.stuck());
  }

  @Test
  void findsSeparateCirclesAndWhoWaitsForHimself() {
    graph.waitsForAll("self", List.of("self"));
    graph.waitsForAll("a", List.of("b"));
    graph.waitsForAll("b", List.of("a"));
    assertEquals(List.of(List.of("self"), List.of("a", "b")), graph.circles());
  }

  @Test
  void aLongChainNeedsNoStack() {
    for (int i = 0; i < 100_000; i++) {
      graph.waitsForAll("t" + i, List.of("t" + (i + 1) % 100_000));
    }
    assertEquals(100_000, graph.circles().getFirst().size());
  }
}
