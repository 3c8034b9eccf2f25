from nlp_cx.evaluate.agreement import compare_with_gold


def test_labels_are_compared_on_texts_of_both(root, put_gold):
    # The set says product positive of every text, and that price is not mentioned.
    put_gold(
        ("The bed was fine.", 0, {"product": "positive"}),
        ("The soup was fine!", 1, {"product": "negative", "price": "positive"}),
        ("The view was fine", 2, {}),
        ("The bar was too far", 3, {"convenience": "negative"}),
    )
    found = compare_with_gold(root).set_index(["source", "output"])
    columns = ["n", "n_both", "n_extra", "n_missed", "n_polar"]
    product, price = found.loc[("aspects_en", "product")], found.loc[("aspects_en", "price")]
    assert product[columns].tolist() == [3, 2, 1, 0, 2]
    assert product["agreement"] == 0.5
    assert price[columns].tolist() == [3, 0, 0, 1, 0]
    assert found.loc[("aspects_en", "sentiment"), "agreement"] == 1
    assert ("aspects_en", "service") not in found.index
    assert ("shop_zh", "sentiment") not in found.index
