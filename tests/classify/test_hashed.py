"""The compiled pass against the same network in plain NumPy, written from its documentation."""

import numpy as np
import pytest

from nlp_cx.classify.hashed import HashedBackend
from nlp_cx.classify.hashed_kernel import MAX_CLAUSES
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.normalize import normalize

D, H, K = 7, 5, 25
N_BUCKETS = 2_048
TEXTS = [
    "房间很干净，但是前台态度差，等了半个小时！下次不会再来了。",
    "Great phone, but the battery doesn't last. Would buy again 👍🏽",
    "",
    "   \r\n",
    "，。——",
    "好",
    "質量唔錯，性價比高，仲會再買㗎",
    "這部手機 camera 很清楚，但 battery 唔夠用 😡😡😡",
    "soooooo slow!!!! 5星 10086",
    "ひらがな",  # of units that the vocabulary below does not hold
    "一般般吧" * 50,
    "物流很慢，" * 300 + "客服态度差",
    "the room was clean and the staff was very friendly " * 400,
]


def random_weights(reference_hashes, texts, random_state=0):
    """Make a network of noise whose vocabulary is half of the n-grams of the texts."""
    rng = np.random.default_rng(random_state)
    fingerprints = np.zeros((N_BUCKETS, 4), np.uint16)
    for text in texts:
        normal = "".join(map(chr, normalize(TextBatch.from_strings([text]).codes).tolist()))
        for h in reference_hashes(normal)[::2]:
            bucket = fingerprints[(h >> 32) * N_BUCKETS >> 32]
            free = np.flatnonzero(bucket == 0)
            if free.size and h & 0xFFFF not in bucket:
                bucket[free[0]] = h & 0xFFFF

    def noise(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    return {
        "fingerprints": fingerprints.ravel(),
        "table": rng.integers(-127, 128, (4 * N_BUCKETS, D)).astype(np.int8),
        "scale": rng.uniform(0.005, 0.02, D).astype(np.float32),
        "clause_in": noise(D, H),
        "document_in": noise(D, H),
        "position_in": noise(3, H),
        "hidden_bias": noise(H),
        "clause_out": noise(H, K + 1),
        "clause_out_bias": noise(K + 1),
        "clause_skip": noise(D, K + 1),
    }


@pytest.fixture(scope="module")
def weights(reference_hashes):
    return random_weights(reference_hashes, [text for text in TEXTS if text != "ひらがな"])


@pytest.fixture(scope="module")
def backend(weights):
    return HashedBackend(weights, K)


def clauses_of(texts):
    """Give normalised code points, the first clause of each text, and the clauses."""
    batch = TextBatch.from_strings(texts)
    document, starts, ends = find_clauses(batch.codes, batch.offsets)
    first_clause = np.searchsorted(document, np.arange(len(texts) + 1))
    return normalize(batch.codes), first_clause, starts, ends


def by_hand(weights, hash_clause, texts):
    """Compute documents and clauses in double precision, one after the other."""
    w = {name: array.astype(float) for name, array in weights.items()}
    codes, first_clause, starts, ends = clauses_of(texts)
    marks = weights["fingerprints"].reshape(-1, 4)
    documents, clauses = [], []

    def known(clause):
        rows = []
        for h in hash_clause("".join(map(chr, codes[starts[clause] : ends[clause]].tolist()))):
            bucket = (h >> 32) * len(marks) >> 32
            ways = np.flatnonzero(marks[bucket] == h & 0xFFFF) if h & 0xFFFF else []
            rows += [4 * bucket + way for way in ways[:1]]
        return rows

    def vector(rows):
        norm = 2 * (len(rows) + 4) ** -0.75
        return w["table"][rows].sum(0) * w["scale"] * norm

    for i in range(len(texts)):
        mine = range(first_clause[i], first_clause[i + 1])
        rows = [known(clause) for clause in mine]
        if not any(rows):
            documents.append(np.full(K, np.nan))
            clauses += [np.full(K, np.nan)] * len(mine)
            continue
        outputs = []
        for c, own in enumerate(rows):
            hidden = w["hidden_bias"] + vector(own) @ w["clause_in"]
            hidden = hidden + vector(sum(rows, [])) @ w["document_in"]  # noqa: RUF017
            position = np.array([c == 0, c == len(rows) - 1, np.log(min(len(rows), MAX_CLAUSES))])
            hidden = np.maximum(hidden + position @ w["position_in"], 0)
            outputs.append(
                w["clause_out_bias"] + hidden @ w["clause_out"] + vector(own) @ w["clause_skip"]
            )
        outputs = np.array(outputs)
        attention = np.exp(outputs[:, K] - outputs[:, K].max())
        sentiments = attention @ outputs[:, :3] / attention.sum()
        documents.append(np.concatenate([sentiments, outputs[:, 3:K].max(0)]))
        clauses += list(outputs[:, :K])
    return np.array(documents), np.array(clauses)


def test_outputs_are_those_of_a_plain_implementation(backend, weights, reference_hashes):
    documents, clauses = backend.logits(*clauses_of(TEXTS))
    expected_documents, expected_clauses = by_hand(weights, reference_hashes, TEXTS)
    np.testing.assert_allclose(documents, expected_documents, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(clauses, expected_clauses, rtol=1e-4, atol=1e-4)
    assert np.ptp(documents[~np.isnan(documents[:, 0])], axis=0).min() > 0.1


def test_nothing_is_said_of_texts_without_a_known_ngram(backend):
    documents, clauses = backend.logits(*clauses_of(TEXTS))
    unknown = np.isnan(documents).all(1)
    assert [text for text, is_unknown in zip(TEXTS, unknown, strict=True) if is_unknown] == [
        "",
        "   \r\n",
        "，。——",
        "ひらがな",
    ]
    assert not np.isnan(documents[~unknown]).any()
    assert np.isnan(clauses).all(1).sum() == 1


def test_a_clause_without_a_known_ngram_is_read_in_its_document(backend):
    documents, clauses = backend.logits(*clauses_of(["好", "好。ひらがな"]))
    assert clauses.shape == (3, K)
    assert not np.isnan(clauses).any()
    assert not np.array_equal(documents[0], documents[1])


@pytest.mark.parametrize("random_state", range(3))
def test_a_document_has_the_same_bits_in_every_batch(backend, random_state):
    documents, clauses = backend.logits(*clauses_of(TEXTS))
    first_clause = clauses_of(TEXTS)[1]
    rng = np.random.default_rng(random_state)
    chosen = rng.permutation(np.repeat(np.arange(len(TEXTS)), 2))
    for part in np.array_split(chosen, rng.integers(1, len(chosen), endpoint=True)):
        some, some_clauses = backend.logits(*clauses_of([TEXTS[i] for i in part]))
        assert some.tobytes() == documents[part].tobytes()
        own = [range(first_clause[i], first_clause[i + 1]) for i in part]
        assert some_clauses.tobytes() == clauses[np.concatenate(own).astype(int)].tobytes()


def test_no_documents_give_no_outputs(backend):
    documents, clauses = backend.logits(*clauses_of([]))
    assert documents.shape == clauses.shape == (0, K)


def test_the_sum_over_a_huge_document_does_not_overflow(weights, reference_hashes):
    greatest = {name: np.zeros_like(array) for name, array in weights.items()}
    text = "好吃" * 2_600_000  # 4 n-grams a character and 127 for each: 2.5e9, above 2 ** 31
    for h in reference_hashes(text[:10]):
        greatest["fingerprints"][(h >> 32) * N_BUCKETS >> 32 << 2] = h & 0xFFFF
    greatest["table"] += 127
    greatest["scale"] += 1
    greatest["document_in"][0, 0] = greatest["clause_out"][0, 5] = 1
    documents, _ = HashedBackend(greatest, K).logits(*clauses_of([text[:1_000], text]))
    ratio = documents[1, 5] / documents[0, 5]  # of n * (n + 4) ** -0.75
    assert ratio == pytest.approx(5_200**0.25, rel=0.02)


def test_of_equal_fingerprints_in_a_bucket_the_first_counts(weights, reference_hashes):
    twice = weights["fingerprints"].reshape(-1, 4).copy()
    twice[:, 3] = twice[:, 0]
    doubled = {**weights, "fingerprints": twice.ravel()}
    documents, _ = HashedBackend(doubled, K).logits(*clauses_of(TEXTS[:2]))
    np.testing.assert_allclose(
        documents, by_hand(doubled, reference_hashes, TEXTS[:2])[0], rtol=1e-4, atol=1e-4
    )
