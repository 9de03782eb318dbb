package dev.selvedge.process.codec;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Lists, sets and maps of the JDK, which arrive as what they were: same class, or same kind where
/// the class is not public, same order, same comparator.
///
/// What cannot be asked of a collection is not kept: capacity and load factor, the access order of
/// a `LinkedHashMap`, the component type of the array behind `Arrays.asList`. The order of `Set.of`
/// and `Map.of` is another one in each JVM anyway.
@SuppressWarnings("JdkObsolete") // what a program has travels, even a LinkedList
final class Containers {
  private static final Map<Class<?>, Form> FORMS = new HashMap<>();

  /// How each container is read, by its tag.
  static final Map<Integer, Decoding.Reader> READERS = new HashMap<>();

  static {
    growing(Wire.ARRAY_LIST, ArrayList.class, ArrayList::new);
    growing(Wire.LINKED_LIST, LinkedList.class, n -> new LinkedList<>());
    growing(Wire.ARRAY_DEQUE, ArrayDeque.class, ArrayDeque::new);
    growing(Wire.HASH_SET, HashSet.class, n -> HashSet.newHashSet(atLeastDefault(n)));
    growing(Wire.LINKED_HASH_SET, LinkedHashSet.class, n -> LinkedHashSet.newLinkedHashSet(n));
    sorted(Wire.TREE_SET, TreeSet.class);

    growingMap(Wire.HASH_MAP, HashMap.class, n -> HashMap.newHashMap(atLeastDefault(n)));
    growingMap(Wire.LINKED_HASH_MAP, LinkedHashMap.class, n -> LinkedHashMap.newLinkedHashMap(n));
    growingMap(Wire.CONCURRENT_HASH_MAP, ConcurrentHashMap.class, n -> new ConcurrentHashMap<>());
    sortedMap(Wire.TREE_MAP, TreeMap.class);

    put(Arrays.asList().getClass(), form(Wire.ARRAYS_AS_LIST).shared());
    READERS.put(Wire.ARRAYS_AS_LIST, Containers::readArraysAsList);

    for (List<?> list : List.of(List.of(), List.of(1), List.of(1, 2, 3))) {
      put(list.getClass(), ((Form) Containers::immutableList).sharedWhenComplete());
    }
    READERS.put(Wire.LIST_OF, in -> fixed(in, Containers::listOf));
    READERS.put(Wire.STREAM_LIST, in -> fixed(in, elements -> Stream.of(elements).toList()));
    for (Set<?> set : List.of(Set.of(), Set.of(1), Set.of(1, 2, 3))) {
      put(set.getClass(), form(Wire.SET_OF).sharedWhenComplete());
    }
    READERS.put(Wire.SET_OF, in -> fixed(in, Containers::setOf));
    for (Map<?, ?> map : List.of(Map.of(), Map.of(1, 1), Map.of(1, 1, 2, 2))) {
      put(map.getClass(), mapForm(Wire.MAP_OF).sharedWhenComplete());
    }
    READERS.put(Wire.MAP_OF, Containers::readMapOf);
  }

  private Containers() {}

  /// The order of a hash table depends on its capacity: this is the one that it has after growing.
  private static int atLeastDefault(int count) {
    return Math.max(count, 12);
  }

  static @Nullable Form form(Class<?> type) {
    return FORMS.get(type);
  }

  private static void put(Class<?> type, Form form) {
    FORMS.put(type, form);
  }

  private static void growing(
      int tag, Class<?> type, IntFunction<Collection<@Nullable Object>> make) {
    put(type, form(tag).shared());
    READERS.put(
        tag,
        in -> {
          int handle = in.reserve();
          int count = in.elements(1);
          return addAll(in, in.fill(handle, make.apply(count)), count);
        });
  }

  private static Form form(int tag) {
    return (out, value) -> {
      out.tag(tag);
      elements(out, (Collection<?>) value);
    };
  }

  /// Lists of one class may or may not allow nulls, and answer `contains(null)` accordingly.
  private static void immutableList(Encoding out, Object value) throws IOException {
    List<?> list = (List<?>) value;
    out.tag(allowsNulls(list) ? Wire.STREAM_LIST : Wire.LIST_OF);
    elements(out, list);
  }

  /// A list that is as `List.of` makes them is its own copy.
  @SuppressWarnings("ReferenceEquality")
  private static boolean allowsNulls(List<?> list) {
    try {
      return List.copyOf(list) != list;
    } catch (NullPointerException e) {
      return true; // it has one
    }
  }

  private static void sorted(int tag, Class<?> type) {
    Form form =
        (out, value) -> {
          out.tag(tag);
          out.value(((SortedSet<?>) value).comparator());
          elements(out, (Collection<?>) value);
        };
    put(type, form.shared());
    READERS.put(
        tag,
        in -> {
          int handle = in.reserve();
          Set<@Nullable Object> set = new TreeSet<>(comparator(in));
          in.fill(handle, set);
          return addAll(in, set, in.elements(1));
        });
  }

  private static void growingMap(
      int tag, Class<?> type, IntFunction<Map<@Nullable Object, @Nullable Object>> make) {
    put(type, mapForm(tag).shared());
    READERS.put(
        tag,
        in -> {
          int handle = in.reserve();
          int count = in.elements(2);
          return putAll(in, in.fill(handle, make.apply(count)), count);
        });
  }

  private static Form mapForm(int tag) {
    return (out, value) -> {
      out.tag(tag);
      entries(out, (Map<?, ?>) value);
    };
  }

  private static void sortedMap(int tag, Class<?> type) {
    Form form =
        (out, value) -> {
          out.tag(tag);
          out.value(((SortedMap<?, ?>) value).comparator());
          entries(out, (Map<?, ?>) value);
        };
    put(type, form.shared());
    READERS.put(
        tag,
        in -> {
          int handle = in.reserve();
          Map<@Nullable Object, @Nullable Object> map = new TreeMap<>(comparator(in));
          in.fill(handle, map);
          return putAll(in, map, in.elements(2));
        });
  }

  @SuppressWarnings("unchecked") // whatever it compares, the elements were sorted by it
  private static @Nullable Comparator<@Nullable Object> comparator(Decoding in) throws IOException {
    return (Comparator<@Nullable Object>) in.value();
  }

  private static void elements(Encoding out, Collection<?> collection) throws IOException {
    int count = collection.size();
    out.writeCount(count);
    for (Object element : collection) {
      count--;
      out.value(element);
    }
    checkAll(count, collection);
  }

  private static void entries(Encoding out, Map<?, ?> map) throws IOException {
    Collection<? extends Map.Entry<?, ?>> entries =
        map instanceof ConcurrentHashMap ? List.copyOf(map.entrySet()) : map.entrySet();
    int count = entries.size();
    out.writeCount(count);
    for (Map.Entry<?, ?> entry : entries) {
      count--;
      out.value(entry.getKey());
      out.value(entry.getValue());
    }
    checkAll(count, map);
  }

  /// A count that does not fit would make nonsense of what follows.
  private static void checkAll(int left, Object container) {
    if (left != 0) {
      throw new ConcurrentModificationException(
          "a " + container.getClass().getName() + " was changed while it was written");
    }
  }

  private static Object addAll(Decoding in, Collection<@Nullable Object> collection, int count)
      throws IOException {
    for (int i = 0; i < count; i++) {
      collection.add(in.element());
    }
    return collection;
  }

  private static Object putAll(Decoding in, Map<@Nullable Object, @Nullable Object> map, int count)
      throws IOException {
    for (int i = 0; i < count; i++) {
      Object key = in.element();
      map.put(key, in.element());
    }
    return map;
  }

  private static Object readArraysAsList(Decoding in) throws IOException {
    int handle = in.reserve();
    @Nullable Object[] array = new Object[in.elements(1)];
    Object list = in.fill(handle, Arrays.asList(array));
    for (int i = 0; i < array.length; i++) {
      array[i] = in.element();
    }
    return list;
  }

  private static Object fixed(Decoding in, Function<@Nullable Object[], Object> make)
      throws IOException {
    int handle = in.reserve();
    @Nullable Object[] array = new Object[in.elements(1)];
    for (int i = 0; i < array.length; i++) {
      array[i] = in.element();
    }
    return in.fill(handle, make.apply(array));
  }

  @SuppressWarnings("NullAway") // a null fails, as it should
  private static Object listOf(@Nullable Object[] elements) {
    return List.of(elements);
  }

  @SuppressWarnings("NullAway") // a null fails, as it should
  private static Object setOf(@Nullable Object[] elements) {
    return Set.of(elements);
  }

  private static Object readMapOf(Decoding in) throws IOException {
    int handle = in.reserve();
    int count = in.elements(2);
    Map<@Nullable Object, @Nullable Object> map = HashMap.newHashMap(count);
    putAll(in, map, count);
    return in.fill(handle, Map.copyOf(map));
  }
}
