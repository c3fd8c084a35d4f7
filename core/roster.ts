/** Where one stands in a roster. Once it has left, it holds nothing. */
export class Place<T> {
  item: T | undefined
  previous: Place<T> | undefined = undefined
  next: Place<T> | undefined = undefined

  constructor(item: T) {
    this.item = item
  }
}

/**
 * Those that are present, in the order in which they came; for what comes and goes with each
 * request. A Set or Map that always changes copies its table again and again, and each old copy
 * points to the next: once one has grown old, the young generation's collector keeps all that
 * stands in any later copy, whole exchanges among it, until the old generation is collected.
 */
export class Roster<T> {
  #first: Place<T> | undefined
  #last: Place<T> | undefined

  get first(): Place<T> | undefined {
    return this.#first
  }

  add(item: T): Place<T> {
    const place = new Place(item)
    place.previous = this.#last
    if (this.#last) this.#last.next = place
    else this.#first = place
    this.#last = place
    return place
  }

  /** Does nothing when it has left. */
  remove(place: Place<T>): void {
    if (place.item === undefined) return
    const { previous, next } = place
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
    place.item = undefined
    place.previous = undefined
    place.next = undefined
  }

  /** All that are present at this moment. */
  all(): readonly T[] {
    const items: T[] = []
    for (let place = this.#first; place; place = place.next) items.push(place.item as T)
    return items
  }
}
