package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CodecSharingTest {
  record Box(@Nullable Object content) {}

  /// Goes by JDK serialization.
  static final class Node implements Serializable {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // on purpose
    private @Nullable Object next;

    @SuppressWarnings("serial") // on purpose
    private @Nullable Object other;
  }

  static final class Thing {}

  private static void assertShared(Object value) throws IOException {
    Object[] back = Trip.of(new Object[] {value, new Box(value), List.of(value)});
    Box box = (Box) back[1];
    assertSame(back[0], box.content());
    assertSame(back[0], ((List<?>) back[2]).getFirst());
  }

  @Test
  void anObjectThatOccursTwiceArrivesOnce() throws IOException {
    int captured = 3;
    Call<Integer> function = () -> captured;
    for (Object value :
        List.of(
            new ArrayList<>(List.of(1)),
            new HashMap<>(Map.of(1, 2)),
            new int[] {1},
            new Object[] {1},
            new Box(1),
            new Node(),
            new Thing(),
            List.of(1, 2),
            Map.of(1, 2),
            Optional.of("x"),
            function,
            new AtomicInteger(1),
            new IllegalStateException("x"))) {
      assertShared(value);
    }
  }

  @Test
  void equalObjectsStayTwo() throws IOException {
    Object[] back = Trip.of(new Object[] {new ArrayList<>(), new ArrayList<>()});
    assertNotSame(back[0], back[1]);
  }

  @Test
  void sharingReachesAcrossTheValuesOfAMessage() throws IOException {
    var list = new ArrayList<>(List.of("x"));
    var encoder = new Encoder(Trip.CODECS);
    encoder.write(list);
    encoder.write(new Box(list));
    var decoder = new Decoder(Trip.CODECS, Trip.LOADER);
    decoder.open(encoder.toMessage());
    Object first = decoder.read();
    assertSame(first, unbox(decoder.read()));
    encoder.reset();
    encoder.write(new Box(list));
    decoder.open(encoder.toMessage());
    assertNotSame(first, unbox(decoder.read()));
  }

  @Test
  void manySharedObjectsAreToldApart() throws IOException {
    List<Box> boxes = IntStream.range(0, 5000).mapToObj(Box::new).toList();
    List<Box> twice = new ArrayList<>(boxes);
    twice.addAll(boxes);
    List<Box> back = Trip.of(twice);
    for (int i = 0; i < 5000; i++) {
      assertEquals(i, back.get(i).content());
      assertSame(back.get(i), back.get(5000 + i));
    }
  }

  @Test
  void aGraphThatDoublesAtEachLevelTakesALine() throws IOException {
    Object value = "leaf";
    for (int i = 0; i < 100; i++) {
      value = List.of(value, value);
    }
    assertTrue(Trip.there(value).bytes().length < 1000);
    List<?> back = (List<?>) Trip.of(value);
    assertSame(back.get(0), back.get(1));
  }

  @Test
  void cyclesAreKept() throws IOException {
    List<Object> list = new ArrayList<>();
    list.add(list);
    List<Object> listBack = Trip.of(list);
    assertSame(listBack, listBack.getFirst());

    Object[] array = new Object[1];
    array[0] = new Box(List.of((Object) array));
    Object[] arrayBack = Trip.of(array);
    assertSame(arrayBack, ((List<?>) unbox(arrayBack[0])).getFirst());

    Map<String, Object> map = new LinkedHashMap<>();
    map.put("me", new ArrayDeque<>(List.of(map)));
    Map<String, Object> mapBack = Trip.of(map);
    assertSame(mapBack, ((ArrayDeque<?>) unbox(mapBack.get("me"))).getFirst());

    List<Object> fixed = Arrays.asList(1, 2);
    fixed.set(0, fixed);
    List<Object> fixedBack = Trip.of(fixed);
    assertSame(fixedBack, fixedBack.getFirst());
  }

  private static Object unbox(@Nullable Object value) {
    return Objects.requireNonNull(value instanceof Box box ? box.content() : value);
  }

  @Test
  void aRecordThatContainsItselfIsRefusedAndNotCutOff() {
    List<Object> way = new ArrayList<>();
    way.add(new Box(way));
    assertThrowsNothing(way); // from the list it can be made
    var refused = assertThrows(CannotTravelException.class, () -> Trip.of(way.getFirst()));
    assertTrue(refused.toString().contains("contains itself"), refused.toString());
    assertTrue(refused.toString().contains(Box.class.getName()), refused.toString());
  }

  private static void assertThrowsNothing(List<Object> way) {
    try {
      List<Object> back = Trip.of(way);
      assertSame(back, unbox(back.getFirst()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void sharingReachesIntoJdkSerialization() throws IOException {
    Node node = new Node();
    Node inner = new Node();
    List<Object> list = new ArrayList<>(List.of("x"));
    node.next = inner;
    node.other = list;
    inner.next = node;
    // The list before, the inner node after: one known outside, one known inside.
    Object[] back = Trip.of(new Object[] {list, node, inner, node});
    Node nodeBack = (Node) back[1];
    assertSame(back[0], nodeBack.other);
    assertSame(back[2], nodeBack.next);
    assertSame(back[1], back[3]);
    assertSame(nodeBack, ((Node) back[2]).next);
    // The list inside first, and then outside.
    Object[] reversed = Trip.of(new Object[] {node, list});
    assertSame(((Node) reversed[0]).other, reversed[1]);
  }

  @Test
  void cyclesGoThroughJdkSerialization() throws IOException {
    Node node = new Node();
    List<Object> list = new ArrayList<>(List.of(node));
    node.next = list;
    List<Object> back = Trip.of(list);
    assertSame(back, ((Node) back.getFirst()).next);
    Node nodeBack = Trip.of(node);
    assertSame(nodeBack, ((List<?>) unbox(nodeBack.next)).getFirst());
  }

  @Test
  void hoistedValuesShareToo() throws IOException {
    Node node = new Node();
    Box box = new Box(new Node()); // not serializable, and needs the stream while that is busy
    node.next = box;
    node.other = box;
    Node back = Trip.of(node);
    assertSame(back.next, back.other);
    assertTrue(unbox(back.next) instanceof Node);
    Object[] both = Trip.of(new Object[] {node, box});
    assertSame(((Node) both[0]).next, both[1]);
  }
}
